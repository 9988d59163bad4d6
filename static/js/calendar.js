// Dragging in the calendar, and a click into a free hour. Without it every appointment moves by its form.
// A mouse picks up by moving, a finger by resting, so that it still scrolls. Escape or a second finger gives up.
// Nothing here writes style attributes: a place is a set of classes, as the server writes them.
const DISTANCE = 5; // pixels before a press becomes a drag
const REST = 400; // milliseconds until a resting finger picks up: less than what opens a phone's own menu
const WOBBLE = 10; // pixels that a resting finger may move
const EDGE = 48; // pixels from an edge, at which what lies beyond it is scrolled to
const FASTEST = 14; // pixels of that in a frame
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
const aim = ({ x, y }) => {
  const column = document.elementsFromPoint(x, y).find((one) => one.matches?.(".cal-col"));
  if (!column) return null;
  const cells = [...column.querySelectorAll(".cal-cell")];
  const top = cells[0].getBoundingClientRect();
  const units = ((y - drag.grip - top.top) / top.height) * PER_HOUR;
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

const pickUp = () => {
  drag.moves = true;
  drag.block.classList.add("is-dragged");
  document.documentElement.classList.add("is-dragging");
  creep();
};
const follow = () => {
  drag.target = aim(drag.at) ?? drag.target;
  if (drag.target) show(drag.target);
};
/* From -1 to 1: how hard `at` presses against one of the two edges. */
const press = (at, low, high) =>
  at < low + EDGE ? Math.max((at - low) / EDGE - 1, -1) : at > high - EDGE ? Math.min(1 - (high - at) / EDGE, 1) : 0;
/* While something is held at an edge, the calendar or the page comes on from there. */
const creep = () => {
  if (!drag?.moves) return;
  const calendar = drag.block.closest(".cal");
  const { left, right } = calendar.getBoundingClientRect();
  const across = press(drag.at.x, left + calendar.querySelector(".cal-axis").offsetWidth, right);
  const down = press(drag.at.y, 0, innerHeight);
  if (across || down) {
    calendar.scrollLeft += across * FASTEST;
    scrollBy(0, down * FASTEST);
    follow();
  }
  requestAnimationFrame(creep);
};
const finish = () => {
  clearTimeout(drag.rest);
  drag.block.classList.remove("is-dragged");
  document.documentElement.classList.remove("is-dragging");
  drag = null;
};
const giveUp = () => {
  if (!drag) return;
  const done = drag;
  finish();
  if (done.moves) putBack(done);
};

addEventListener("pointerdown", (event) => {
  if (drag) return giveUp(); // a second finger
  const block = event.target.closest?.("[data-move]");
  if (!block || event.button || !block.closest("[data-drags]")) return;
  const at = { x: event.clientX, y: event.clientY };
  drag = {
    block, home: block.parentElement, before: block.nextSibling, classes: block.className, moves: false,
    from: at, at, grip: at.y - block.getBoundingClientRect().top, isTouch: event.pointerType === "touch",
  };
  if (drag.isTouch) drag.rest = setTimeout(pickUp, REST);
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  drag.at = { x: event.clientX, y: event.clientY };
  if (!drag.moves) {
    const far = Math.hypot(drag.at.x - drag.from.x, drag.at.y - drag.from.y);
    if (drag.isTouch) return far > WOBBLE ? giveUp() : undefined; // it scrolls
    if (far < DISTANCE) return;
    pickUp();
  }
  follow();
});
addEventListener("pointerup", () => {
  if (!drag) return;
  const done = drag;
  finish();
  if (!done.moves) return;
  swallows = true; // the click that ends a drag opens nothing
  setTimeout(() => { swallows = false; }, done.isTouch ? REST : 0);
  if (done.target?.at && !isHome(done)) send(done, done.target);
  else putBack(done);
});
/* What is held by a finger neither scrolls the page nor opens the menu of a link. */
addEventListener("touchmove", (event) => { if (drag?.moves) event.preventDefault(); }, { passive: false });
addEventListener("contextmenu", (event) => { if (drag?.isTouch) event.preventDefault(); });
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
