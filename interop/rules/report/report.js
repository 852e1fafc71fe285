"use strict";
(() => {
  const bar = document.getElementById("bar");
  if (!bar) return;
  const blocks = [...document.querySelectorAll("#blocks > .rule")].map((node) => {
    const rows = [...node.querySelectorAll("tbody > tr")];
    const about = node.querySelector("summary").textContent + " " + node.dataset.rule;
    return { node, rows, rule: node.dataset.rule, about: about.toLowerCase() };
  });
  const texts = new Map();
  const text = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const fields = bar.elements;
  const nothing = document.getElementById("nothing");
  const apply = () => {
    const dataset = fields.dataset.value, state = fields.state.value, rule = fields.rule.value;
    const words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const narrowed = Boolean(dataset || state || rule || words.length);
    let count = 0, rules = 0;
    for (const block of blocks) {
      let here = 0;
      if (!rule || rule === block.rule) {
        for (const row of block.rows) {
          const fits = (!dataset || row.dataset.dataset === dataset) && (!state || row.dataset.state === state) &&
            words.every((word) => block.about.includes(word) || text(row).includes(word));
          row.hidden = !fits;
          if (fits) here += 1;
        }
      }
      block.node.hidden = here === 0;
      if (words.length || rule) block.node.open = here > 0 && (block.node.open || rules < 5);
      count += here;
      if (here) rules += 1;
    }
    nothing.hidden = count > 0;
    bar.querySelector("output").textContent = narrowed
      ? `${count.toLocaleString("en")} shown of ${rules} ${rules === 1 ? "rule" : "rules"}` : "";
  };
  let waiting = 0;
  bar.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
  bar.addEventListener("reset", () => {
    for (const block of blocks) block.node.open = false;
    setTimeout(apply);
  });
  bar.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dataset]");
    if (link) { fields.dataset.value = link.dataset.dataset; apply(); }
    const command = event.target.closest(".command");
    if (command && navigator.clipboard) {
      navigator.clipboard.writeText(command.textContent).then(() => {
        command.classList.add("copied");
        setTimeout(() => command.classList.remove("copied"), 1500);
      }, () => undefined);
    }
  });
  bar.hidden = false;
})();
