// Articles are dragged into their order; the arrows do the same without it.
const list = document.querySelector(".articles"), save = document.getElementById("save-order");
let held = null;
for (const item of list.querySelectorAll("li[data-id]")) item.draggable = true;
list.addEventListener("dragstart", e => { held = e.target.closest("li"); e.dataTransfer.effectAllowed = "move"; held.classList.add("held"); });
list.addEventListener("dragend", () => { held.classList.remove("held"); held = null; save.hidden = false; });
list.addEventListener("dragover", e => {
  const over = e.target.closest("li[data-id]");
  if (!held || !over) return;
  e.preventDefault();
  if (over !== held) over.parentNode.insertBefore(held, e.clientY > over.getBoundingClientRect().top + over.offsetHeight / 2 ? over.nextSibling : over);
});
