// The booking page works without this. With it a choice of person shows their times at once, a form is sent once, and what is
// wrong in it has the focus.
document.documentElement.classList.add("has-script");
document.querySelector("main [aria-invalid='true']")?.focus();
document.addEventListener("change", ({ target }) => target.matches("[data-submits]") && target.form.requestSubmit());
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-once]")) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("[data-once]")) delete form.dataset.sent; });
