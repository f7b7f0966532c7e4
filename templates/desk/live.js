// What is typed and not saved is shown as it would be mailed. The frame keeps its
// place, and an answer that was overtaken is thrown away.
const form = document.querySelector("form[data-live]"), panel = document.getElementById("live"), frame = panel.querySelector("iframe");
const part = name => document.getElementById("live-" + name), wide = matchMedia("(min-width: 1180px)");
let turn = 0, timer, under = new AbortController(), first = true, loaded = false;

const fault = why => { part("fault").hidden = !why; if (part("fault").textContent !== why) part("fault").textContent = why; };

// put lays the mail out in the frame. Pictures that are there already stay: nothing jumps.
const put = html => {
  const page = frame.contentDocument, view = frame.contentWindow, at = view.scrollY, there = new Map();
  for (const img of page.images) there.set(img.src, img);
  const fresh = page.createElement("html");
  fresh.innerHTML = html;
  for (const img of fresh.querySelectorAll("img")) {
    const old = there.get(img.src);
    if (!old) continue;
    for (const name of old.getAttributeNames()) if (!img.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of img.attributes) if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    old.style.cssText = img.style.cssText;
    there.delete(img.src);
    img.replaceWith(old);
  }
  for (const a of fresh.querySelectorAll("a[href]")) a.target = "_blank";
  page.replaceChild(fresh, page.documentElement);
  view.scrollTo(0, at);
};

// find scrolls to the article that is being changed.
const find = () => {
  const link = form.dataset.at && [...frame.contentDocument.links].find(a => a.href.startsWith(form.dataset.at) && (a.querySelector("img") || a.closest("h1, h2, h3")));
  if (link) frame.contentWindow.scrollTo(0, Math.max(0, link.getBoundingClientRect().top + frame.contentWindow.scrollY - 24));
};

const show = mail => {
  put(mail.html);
  if (first) find();
  first = false;
  part("subject").textContent = mail.subject || "(no subject yet)";
  part("preheader").textContent = mail.preheader || "";
  part("kb").textContent = mail.kb;
  part("size").value = mail.share;
  form.dispatchEvent(new CustomEvent("shown", { detail: mail }));
  const rev = form.elements.rev;
  fault(rev && mail.rev > rev.value ? `${mail.by || "Somebody"} has saved this issue meanwhile. Save, and you see both.` : "");
};

const ask = async () => {
  const mine = ++turn;
  under.abort();
  under = new AbortController();
  const body = new URLSearchParams(new FormData(form));
  for (const one of document.querySelectorAll("#order [name=order]")) body.append("order", one.value);
  try {
    const answer = await fetch(form.dataset.live, { method: "POST", body, redirect: "manual", signal: under.signal });
    const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const mail = json ? await answer.json() : { why: answer.type === "opaqueredirect" ? "You are signed out. Sign in in another tab, then save here." : "The desk cannot show it now. What you typed is still here." };
    if (mine !== turn) return;
    if (mail.why) fault(mail.why); else show(mail);
  } catch {
    if (mine !== turn || under.signal.aborted) return;
    fault("The desk cannot be reached. What you typed is still here; it is shown once the desk answers.");
    timer = setTimeout(ask, 5000);
  }
};

const soon = () => { clearTimeout(timer); if (panel.open && loaded) timer = setTimeout(ask, 300); };
const open = () => {
  if (!panel.open) return;
  if (loaded) ask();
  if (frame.src) return;
  frame.addEventListener("load", () => { loaded = true; ask(); }, { once: true });
  frame.src = frame.dataset.src;
};
form.addEventListener("input", soon);
document.getElementById("order")?.addEventListener("input", soon);
panel.addEventListener("toggle", open);
panel.hidden = false;
panel.closest(".split").classList.add("lively");
panel.open = wide.matches;
