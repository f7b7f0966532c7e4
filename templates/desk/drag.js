// Articles are dragged into their order by mouse, pen or finger; the buttons do the same.
// What is done is saved at once, without the page being loaded anew: words that are
// typed and not saved stay.
const form = document.getElementById("order"), list = form.querySelector(".articles"), says = document.getElementById("order-said");
const save = document.getElementById("save-order"), theirs = document.getElementById("theirs");
const items = () => [...list.querySelectorAll("li[data-id]")];
const say = (text, bad) => { says.className = bad ? "fault" : "soft"; says.textContent = text; };
let busy = false, stale = false;

const grips = () => {
  for (const item of items()) {
    const grip = document.createElement("span");
    grip.className = "grip";
    grip.title = "Drag it to its place";
    item.prepend(grip);
  }
};
grips();

// take shows parts of a page as they are now. Other forms learn of it where nothing but
// this has changed: else whoever presses them has not seen what they would be saying yes to.
const take = (page, names) => {
  for (const name of names) document.querySelector(`[data-part=${name}]`).replaceChildren(...page.querySelector(`[data-part=${name}]`).childNodes);
  grips();
  const rev = page.querySelector("#order [name=rev]").value;
  for (const field of document.querySelectorAll(stale ? "[data-list] [name=rev]" : "[name=rev]")) field.value = rev;
  form.dispatchEvent(new Event("input", { bubbles: true }));
};

const read = async answer => new DOMParser().parseFromString(await answer.text(), "text/html");

// conflict shows what is there now, with the order that was wished.
const conflict = async () => {
  const wished = items().map(item => item.dataset.id), page = await read(await fetch(location.pathname));
  if (!page.getElementById("order")) { say("This is no draft any more: it was approved or discarded meanwhile.", true); return; }
  stale = true;
  take(page, ["articles", "waiting"]);
  const order = [...items()].sort((a, b) => (wished.indexOf(a.dataset.id) + 1 || 999) - (wished.indexOf(b.dataset.id) + 1 || 999));
  const differs = order.some((item, i) => item !== items()[i]);
  list.append(...order);
  save.hidden = theirs.hidden = !differs;
  say(`${page.getElementById("order").dataset.by || "Somebody"} has changed the issue meanwhile. Nothing of yours was saved. ` + (differs ? "Below is your order of what is there now: save it, or show theirs." : "Below is what is there now."), true);
  form.dispatchEvent(new Event("input", { bubbles: true }));
};

const send = async (body, action) => {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(action, { method: "POST", body }), page = answer.status === 409 ? null : await read(answer);
    if (!page) await conflict();
    else if (!answer.ok) say(`${page.querySelector("h1").textContent}. ${page.querySelector(".lead").textContent}`, true);
    else if (!page.getElementById("order")) { save.hidden = false; say("You are signed out. Sign in in another tab, then save the order.", true); }
    else { take(page, stale ? ["articles", "waiting"] : ["articles", "waiting", "standing", "findings"]); save.hidden = theirs.hidden = true; say(page.querySelector(".done")?.textContent.trim() || "Saved."); }
  } catch {
    save.hidden = false;
    say("The desk cannot be reached. Nothing of this is saved yet.", true);
  }
  busy = false;
};

const bodyOf = (of, does) => { const body = new URLSearchParams(new FormData(of)); body.set("do", does); return body; };
addEventListener("submit", async e => {
  if (!("list" in e.target.dataset) || !e.submitter?.value) return;
  e.preventDefault();
  const does = e.submitter.value, id = does.split(" ")[1], before = items().length;
  if ("wait" in e.target.dataset) say(`Reading the page at ${new URL(e.target.elements.address.value).host}: this may take some seconds …`);
  await send(bodyOf(e.target, does), e.target.action);
  if ("wait" in e.target.dataset && items().length > before) e.target.reset();
  (document.querySelector(`button[value="${does}"]:not([hidden])`) || list.querySelector(`li[data-id="${id}"] .tools button`) || document.getElementById("articles")).focus();
});
theirs.addEventListener("click", async () => {
  take(await read(await fetch(location.pathname)), ["articles", "waiting"]);
  save.hidden = theirs.hidden = true;
  say("This is the order that is saved.");
  document.getElementById("articles").focus(); // the button is gone
});

// Dragging.
let held, before, y;
const place = () => {
  const next = items().find(item => item !== held && y < item.getBoundingClientRect().top + item.offsetHeight / 2);
  if (next ? held.nextElementSibling !== next : held !== list.lastElementChild) list.insertBefore(held, next || null);
};
const step = () => {
  if (!held) return;
  if (y < 64) scrollBy(0, -14);
  if (y > innerHeight - 64) scrollBy(0, 14);
  place();
  requestAnimationFrame(step);
};
const drop = () => { held.classList.remove("held"); held = null; };
list.addEventListener("pointerdown", e => {
  if (!e.target.matches(".grip") || e.button || busy) return;
  e.preventDefault();
  list.setPointerCapture(e.pointerId); // not the grip, which moves about
  held = e.target.closest("li"); before = items(); y = e.clientY;
  held.classList.add("held");
  requestAnimationFrame(step);
});
list.addEventListener("pointermove", e => { if (held) y = e.clientY; });
list.addEventListener("pointerup", e => {
  if (!held) return;
  y = e.clientY;
  place();
  drop();
  if (items().some((item, i) => item !== before[i])) send(bodyOf(form, "order"), form.action);
});
const back = () => { if (held) { drop(); list.append(...before); } };
list.addEventListener("pointercancel", back);
addEventListener("keydown", e => { if (e.key === "Escape") back(); });
