// The contrast of the colour on white, while it is typed (WCAG 2.2, 1.4.3).
const accent = document.getElementById("accent"), says = document.getElementById("contrast");
const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
accent.addEventListener("input", () => {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(accent.value);
  if (!hex) { says.textContent = ""; return; }
  const [r, g, b] = hex.slice(1).map(part => light(parseInt(part, 16)));
  const ratio = 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
  says.textContent = `${ratio.toFixed(1)} to 1: ${ratio >= 4.5 ? "readable" : "too light to be read"}.`;
});
