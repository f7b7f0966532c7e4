// The contrast of the colour on the darkest light surface of the mail, while it is typed
// (WCAG 2.2, 1.4.3). The surface and the least come with the field: the server's rule.
const accent = document.getElementById("accent"), says = document.getElementById("contrast"), pick = document.getElementById("pick"), ink = document.getElementById("ink");
const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const luminance = colour => {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  if (!hex) return null;
  const [r, g, b] = hex.slice(1).map(part => light(parseInt(part, 16)));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const look = () => {
  const tone = luminance(accent.value), paper = luminance(accent.dataset.surface), least = Number(accent.dataset.least);
  if (tone === null) { says.textContent = ""; return; }
  const ratio = (Math.max(tone, paper) + 0.05) / (Math.min(tone, paper) + 0.05);
  says.textContent = `${(Math.floor(ratio * 10) / 10).toFixed(1)} to 1: ${ratio >= least ? "readable" : "too light to be read"}.`;
  ink.setAttribute("fill", accent.value.trim());
  document.querySelector(".themes").style.setProperty("--accent", accent.value.trim());
  if (pick) pick.value = accent.value.trim();
};
accent.addEventListener("input", look);
if (pick) {
  pick.value = ink.getAttribute("fill");
  pick.hidden = false;
  pick.addEventListener("input", () => { accent.value = pick.value; accent.dispatchEvent(new Event("input", { bubbles: true })); });
}
// The one for dark surfaces is the server's work.
accent.form.addEventListener("shown", e => { if (e.detail.dark) document.getElementById("ink-dark").setAttribute("fill", e.detail.dark); });
