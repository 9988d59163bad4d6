// Dragging in the calendar, and a click into a free hour. Without it every appointment moves by its form.
// Nothing here writes style attributes: a place is a set of classes, as the server writes them.
const DISTANCE = 5; // pixels before a press becomes a drag
const STEP = 3; // units of five minutes: a quarter of an hour
const PER_HOUR = 12;
const PLACE = /^(h|u|lane|of)\d+$/;

let drag = null;
let swallows = false;
const headers = () => ({ "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) });
const tell = (level, text) => document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { level, text } }));
const reread = () => document.body.dispatchEvent(new CustomEvent("rowsChanged"));

const putBack = ({ block, home, before, classes }) => {
  block.className = classes;
  home.insertBefore(block, before);
};

/* Where the block would stand if it were put down now: a column, and units below its top. */
const aim = (event) => {
  const column = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches?.(".cal-col"));
  if (!column) return null;
  const cells = [...column.querySelectorAll(".cal-cell")];
  const top = cells[0].getBoundingClientRect();
  const units = ((event.clientY - drag.grip - top.top) / top.height) * PER_HOUR;
  const unit = Math.min(Math.max(Math.round(units / STEP) * STEP, 0), cells.length * PER_HOUR - STEP);
  const cell = cells[Math.floor(unit / PER_HOUR)];
  return { column, unit, at: cell.dataset.at && Number(cell.dataset.at) + (unit % PER_HOUR) * 300 };
};

const show = ({ column, unit }) => {
  const { block } = drag;
  for (const name of [...block.classList]) if (PLACE.test(name)) block.classList.remove(name);
  block.classList.add(`h${Math.floor(unit / PER_HOUR)}`, `u${unit % PER_HOUR}`, "lane0", "of1");
  const list = column.querySelector(".cal-blocks");
  if (block.parentElement !== list) list.append(block);
};

const send = async (done, target) => {
  const body = new FormData();
  body.set("at", target.at);
  body.set("seen", done.block.dataset.seen);
  if (target.column.dataset.staff) body.set("staff", target.column.dataset.staff);
  const words = document.querySelector("#toasts").dataset;
  try {
    const response = await fetch(done.block.dataset.move, { method: "POST", body, headers: headers() });
    if (response.ok) {
      const told = JSON.parse(response.headers.get("HX-Trigger") ?? "{}").toast;
      if (told) tell(told.level, told.text);
      return reread();
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    putBack(done);
    tell("bad", page.querySelector("[data-error]")?.textContent.trim() || words[`error-${response.status}`] || words.error);
    if (response.status === 409) reread();
  } catch {
    putBack(done);
    tell("bad", words.offline);
  }
};

const finish = () => {
  drag.block.classList.remove("is-dragged");
  document.documentElement.classList.remove("is-dragging");
  drag = null;
};

addEventListener("pointerdown", (event) => {
  const block = event.target.closest?.("[data-move]");
  if (!block || event.button || event.pointerType === "touch" || !block.closest("[data-drags]")) return;
  drag = {
    block, home: block.parentElement, before: block.nextSibling, classes: block.className, moves: false,
    x: event.clientX, y: event.clientY, grip: event.clientY - block.getBoundingClientRect().top,
  };
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.moves && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DISTANCE) return;
  if (!drag.moves) {
    drag.moves = true;
    drag.block.classList.add("is-dragged");
    document.documentElement.classList.add("is-dragging");
  }
  drag.target = aim(event) ?? drag.target;
  if (drag.target) show(drag.target);
});
addEventListener("pointerup", () => {
  if (!drag) return;
  const done = drag;
  finish();
  if (!done.moves) return;
  swallows = true; // the click that ends a drag opens nothing
  setTimeout(() => { swallows = false; });
  if (done.target?.at && !isHome(done)) send(done, done.target);
  else putBack(done);
});
addEventListener("click", (event) => {
  if (!swallows) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
const isHome = ({ block, classes, home }) =>
  block.parentElement === home && ["h", "u"].every((kind) => {
    const one = new RegExp(`(^| )${kind}\\d+`);
    return classes.match(one)?.[0].trim() === block.className.match(one)?.[0].trim();
  });
const giveUp = () => {
  if (!drag) return;
  const done = drag;
  finish();
  putBack(done);
};
addEventListener("pointercancel", giveUp);
addEventListener("keydown", (event) => { if (event.key === "Escape") giveUp(); });
document.addEventListener("htmx:beforeSwap", (event) => { // the calendar does not change under the hand
  if (drag?.moves && event.detail.target.id === "calendar") event.detail.shouldSwap = false;
});

/* A click into a free hour opens the form for that time. */
addEventListener("click", (event) => {
  const cell = event.target.closest?.(".cal-cell[data-at]");
  const add = cell?.closest("[data-add]")?.dataset.add;
  if (!add) return;
  const { top, height } = cell.getBoundingClientRect();
  const half = event.clientY - top > height / 2 ? "30" : "00";
  const column = cell.closest(".cal-col").dataset;
  const asked = new URLSearchParams({ date: column.date, time: `${cell.dataset.time.slice(0, 3)}${half}` });
  if (column.staff) asked.set("staff", column.staff);
  window.htmx.ajax("GET", `${add}?${asked}`, "#dialog");
});

/* What others have booked meanwhile is seen on coming back. */
document.addEventListener("visibilitychange", () => { if (!document.hidden && !drag) reread(); });
