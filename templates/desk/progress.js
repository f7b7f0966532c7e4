// The run tells how far it has come, without the page being loaded anew.
const show = (name, text) => { for (const at of document.querySelectorAll(`[data-run="${name}"]`)) at.textContent = text; };
const id = location.pathname.split("/").pop();
const told = new EventSource(`/api/runs/${id}/events`);
told.addEventListener("progress", e => {
  const run = JSON.parse(e.data), counts = run.counts;
  const reached = Object.values(counts).reduce((a, b) => a + b, 0), share = run.readers ? Math.min(100, Math.floor(reached * 100 / run.readers)) : 100;
  for (const name in counts) show(name, counts[name]);
  show("waiting", run.waiting);
  show("reached", share);
  document.getElementById("bar").value = share;
  show("speed", run.perSecond ? `${Math.round(run.perSecond)} a second` + (run.secondsLeft ? `, about ${run.secondsLeft} s left` : "") : "");
  if (!told.state) told.state = run.state;
  if (run.state !== told.state || run.finished) { told.close(); location.reload(); }
});
