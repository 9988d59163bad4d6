// Dialogs, toasts, tabs, capability tree, small form helpers. Every page works without it: what opens in a dialog is
// also a page, every action is a form. Nothing here evaluates code or writes style attributes.
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, handler, options) => document.addEventListener(type, handler, options);
const dialog = find("#dialog");
const toasts = find("#toasts");

/* Toasts. They live in the open dialog, since everything outside a modal dialog is inert. */
const place = () => {
  const host = all("dialog[open]").at(-1) ?? document.body;
  if (toasts && toasts.parentElement !== host) host.append(toasts);
};
const toast = (level, text) => {
  if (!toasts || !text) return;
  place();
  const item = find("#toast").content.firstElementChild.cloneNode(true);
  item.classList.add(`toast-${level}`);
  find("p", item).textContent = text;
  requestAnimationFrame(() => toasts.append(item));
  if (level !== "bad") setTimeout(() => item.matches(":hover, :focus-within") || item.remove(), 6000);
};
on("toast", ({ detail }) => toast(detail.level ?? "info", detail.text));
on("click", ({ target }) => {
  target.closest("[data-dismiss]")?.closest(".toast")?.remove();
  const teller = target.closest("[data-toast]");
  if (teller) toast(teller.dataset.toast, teller.dataset.text);
});
for (const message of all("[data-message]")) toast(message.dataset.message, message.textContent.trim());

/* What htmx could not do, in one sentence: the server's own where it sent one. */
on("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.getResponseHeader("HX-Trigger")?.includes("toast")) return;
  const said = new DOMParser().parseFromString(xhr.response, "text/html").querySelector("[data-error]")?.textContent.trim();
  toast("bad", said || toasts.dataset[`error-${xhr.status}`] || toasts.dataset.error);
});
on("htmx:sendError", () => toast("bad", toasts.dataset.offline));
on("htmx:timeout", () => toast("bad", toasts.dataset.slow));

/* The dialog: opens when something was loaded into it, closes on the event dialogClose. */
let changed = false;
const close = () => { changed = false; dialog.close(); };
const ask = () => !changed || confirm(dialog.dataset.unsaved);
on("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  const moved = new URL(xhr.responseURL).pathname !== new URL(detail.pathInfo.finalRequestPath, location).pathname;
  if (xhr.status < 400 && (moved || detail.target === dialog) && /^\s*<!doctype/i.test(xhr.response)) {
    detail.shouldSwap = false; // a redirect led to a whole page: go there
    location.assign(xhr.responseURL);
  } else if (xhr.status === 409) { // a refusal is read in the dialog, wherever it was asked
    detail.target = dialog;
    detail.swapOverride = "innerHTML";
  }
});
on("htmx:afterSwap", ({ detail: { target, xhr } }) => {
  place();
  if (target !== dialog) return;
  if (xhr.status < 400) changed = Boolean(find("[data-unsaved]", dialog));
  if (!dialog.open) { changed = false; dialog.showModal(); }
});
on("htmx:afterSettle", ({ detail: { target } }) => { // after htmx has put the focus on the title
  if (target === dialog) find("[aria-invalid='true']", dialog)?.focus();
});
find("main [aria-invalid='true']")?.focus(); // a page that came back with errors begins at the first
on("dialogClose", () => dialog.open && close());
dialog?.addEventListener("input", () => { changed = true; });
dialog?.addEventListener("cancel", (event) => { if (event.target === dialog && !ask()) event.preventDefault(); });
dialog?.addEventListener("close", (event) => {
  if (event.target !== dialog) return;
  place();
  dialog.replaceChildren();
  changed = false;
});
let pressed = null; // a drag that ends on the backdrop is no click on it
on("pointerdown", ({ target }) => { pressed = target; });
on("click", ({ target }) => {
  const own = target.closest("dialog");
  if (own && (target.closest("[data-close]") || (target === own && pressed === own))) own === dialog ? ask() && close() : own.close();
  const opener = target.closest("[data-dialog]");
  if (opener) find(`#${opener.dataset.dialog}`)?.showModal();
});

/* Tabs, and a mark on the one that has errors. */
const choose = (tab) => {
  for (const other of all("[role=tab]", tab.closest("[role=tablist]"))) {
    other.setAttribute("aria-selected", other === tab);
    other.tabIndex = other === tab ? 0 : -1;
    find(`#${other.getAttribute("aria-controls")}`).classList.toggle("is-open", other === tab);
  }
};
on("click", ({ target }) => target.matches("[role=tab]") && choose(target));
on("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || !event.target.matches("[role=tab]")) return;
  const tabs = all("[role=tab]", event.target.closest("[role=tablist]"));
  const next = tabs.at((tabs.indexOf(event.target) + step) % tabs.length);
  choose(next);
  next.focus();
});

/* The capability tree: children of what is off are grey and out of reach, but keep their own setting. */
const reach = (box) => {
  const children = find(":scope > fieldset", box.closest("li"));
  if (children) children.inert = !box.checked;
};
const tally = (tree) => {
  const output = find("[data-tree-count]", tree.parentElement);
  if (output) output.textContent = all("input", tree).filter((box) => box.checked && !box.closest("[inert]")).length;
};
on("input", ({ target }) => {
  if (!target.matches("[data-tree-search]")) return;
  const words = target.value.trim().toLowerCase();
  for (const item of all(".tree li", target.closest(".tree-tools").parentElement)) item.hidden = !item.textContent.toLowerCase().includes(words);
});
on("click", ({ target }) => {
  const button = target.closest("[data-tree-all]");
  if (!button) return;
  const tree = find(".tree", button.closest(".tree-tools").parentElement);
  for (const box of all("input", tree)) { box.checked = button.dataset.treeAll === "on"; reach(box); }
  tally(tree);
  changed = true;
});

on("click", ({ target }) => { // one branch: the feature itself and all below it
  const button = target.closest("[data-branch]");
  if (!button) return;
  const branch = button.closest("li");
  for (const box of all("input", branch)) box.checked = button.dataset.branch === "on";
  reach(find("input", branch));
  tally(branch.closest(".tree"));
  changed = true;
});

/* Small helpers of forms. */
const unlimited = (box) => { find(`#${CSS.escape(box.dataset.unlimited)}`).disabled = box.checked; };
const unlock = (box) => { for (const button of all("[type=submit]", box.form)) button.disabled = !box.checked; };
const slug = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
on("change", ({ target }) => {
  if (target.matches(".tree input")) { reach(target); tally(target.closest(".tree")); }
  if (target.matches("[data-unlimited]")) unlimited(target);
  if (target.matches("[data-unlocks]")) unlock(target);
  if (target.matches("[data-submits]")) target.form.requestSubmit();
});
on("input", ({ target }) => {
  if (target.matches("[data-color-of]")) find(`#${target.dataset.colorOf}`).value = target.value;
  const swatch = target.id && find(`[data-color-of="${target.id}"]`);
  if (swatch && /^#[0-9a-f]{6}$/i.test(target.value)) swatch.value = target.value;
  const address = target.id && find(`[data-slug-from="${target.id}"]`);
  if (address && !address.dataset.own) {
    address.value = slug(target.value);
    address.dispatchEvent(new Event("suggested", { bubbles: true }));
  }
  if (target.matches("[data-slug-from]")) target.dataset.own = target.value ? "yes" : "";
});
on("submit", (event) => { if (event.target.dataset.confirm && !confirm(event.target.dataset.confirm)) event.preventDefault(); });
on("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  toast("ok", toasts.dataset.copied);
});
// A link with hx-get opens its page in a new tab like any other link.
addEventListener("click", (event) => { if (event.ctrlKey || event.metaKey || event.shiftKey) event.stopPropagation(); }, true);

/* A search that narrows a long select; Enter takes the first that is left. */
const chosen = (box) => find(`#${CSS.escape(box.dataset.narrows)}`);
on("input", ({ target }) => {
  if (!target.matches("[data-narrows]")) return;
  const words = target.value.trim().toLowerCase().split(/\s+/);
  const group = (option) => (option.parentElement.label ?? "").toLowerCase();
  for (const option of chosen(target).options) {
    const fits = words.every((word) => option.text.toLowerCase().includes(word) || group(option).includes(word));
    option.hidden = option.disabled = !fits && !option.selected;
  }
  for (const one of all("optgroup", chosen(target))) one.hidden = all("option", one).every((option) => option.hidden);
});
on("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-narrows]")) return;
  event.preventDefault();
  const select = chosen(event.target);
  const first = all("option", select).find((option) => option.value && !option.hidden && !option.selected);
  if (!event.target.value.trim() || !first) return;
  select.value = first.value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
});

/* A row menu opens below its button also where CSS knows no anchors. */
if (!CSS.supports("position-area: bottom")) on("toggle", ({ target, newState }) => {
  if (newState !== "open" || !target.matches(".menu")) return;
  const button = find(`[popovertarget="${target.id}"]`).getBoundingClientRect();
  const below = button.bottom + target.offsetHeight < innerHeight;
  target.style.top = `${below ? button.bottom : button.top - target.offsetHeight - 8}px`;
  target.style.left = `${Math.max(8, button.right - target.offsetWidth)}px`;
}, true);
on("click", ({ target }) => target.closest(".menu a, .menu button") && target.closest(".menu").hidePopover());

/* What a new page or fragment needs once. */
const prepare = (root) => {
  for (const box of all(".tree input", root)) reach(box);
  for (const tree of all(".tree", root)) tally(tree);
  for (const box of all("[data-unlimited]", root)) unlimited(box);
  for (const box of all("[data-unlocks]", root)) unlock(box);
  for (const box of all("[data-narrows]", root)) box.hidden = false;
  for (const frame of all("[data-rich]", root)) import(frame.dataset.rich).then(({ mount }) => mount(frame));
  for (const list of all("[role=tablist]", root)) {
    const wrong = all("[role=tab]", list).filter((tab) => find(`#${tab.getAttribute("aria-controls")} .is-wrong`));
    for (const tab of wrong) { tab.dataset.wrong = ""; tab.setAttribute("aria-description", toasts.dataset.wrong); }
    choose(wrong[0] ?? find("[aria-selected=true]", list) ?? find("[role=tab]", list));
  }
};
on("htmx:load", ({ target }) => prepare(target));
if (!window.htmx) prepare(document);
