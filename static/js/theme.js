// Loaded in <head>, blocking, so that the first paint is right. Light or dark follows the system until a person chooses;
// the choice is a cookie, which the server prints into <html>. Pages rendered without a request read it here.
(() => {
  const root = document.documentElement;
  const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)/);
  if (chosen && !root.dataset.theme) root.dataset.theme = chosen[1];
  root.classList.add("js");
  addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const dark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    root.dataset.theme = dark ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  });
})();
