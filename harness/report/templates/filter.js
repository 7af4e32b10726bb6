// Search and filters over the scenarios: without this script everything is shown, and nothing is missing.
(() => {
  const section = document.getElementById("behaviours").parentElement;
  const all = [...section.querySelectorAll("details.scenario")];
  if (all.length < 2) return;
  const word = badge => badge.lastChild.textContent.trim();
  const outcome = scenario => word(scenario.querySelector(".badge"));
  const counts = new Map([...document.querySelectorAll("#accounting + .columns .badge")].map(each => [word(each), 0]));
  for (const each of all) counts.set(outcome(each), (counts.get(outcome(each)) ?? 0) + 1);
  const plain = text => text.toLowerCase().replace(/\s+/g, " ");
  let texts;

  const bar = document.createElement("div");
  bar.className = "filter";
  bar.setAttribute("role", "search");
  const label = bar.appendChild(document.createElement("label"));
  const words = document.createElement("input");
  words.type = "search";
  label.append("Search names, steps and exchanges ", words);
  const boxes = bar.appendChild(document.createElement("fieldset"));
  boxes.appendChild(document.createElement("legend")).textContent = "Show";
  const box = (name, text) => {
    const input = document.createElement("input");
    input.type = "checkbox";
    input.checked = true;
    input.name = name;
    boxes.appendChild(document.createElement("label")).append(input, ` ${text}`);
    return input;
  };
  const outcomes = new Map([...counts].map(([name, count]) => [name, box(name, `${name} (${count})`)]));
  const twin = scenario => scenario.querySelector(".meta").textContent.includes("negative twin");
  const twins = all.some(twin) ? box("twins", "negative twins") : { checked: true };
  const said = bar.appendChild(document.createElement("p"));
  said.setAttribute("role", "status");

  const apply = () => {
    const wanted = plain(words.value).trim();
    if (wanted) texts ??= new Map(all.map(each => [each, plain(each.textContent)]));
    for (const each of all) {
      const kept = outcomes.get(outcome(each)).checked && (twins.checked || !twin(each));
      each.hidden = !(kept && (!wanted || texts.get(each).includes(wanted)));
    }
    for (const group of section.querySelectorAll(".chapter, .rule-of")) {
      group.hidden = !group.querySelector("details.scenario:not([hidden])");
    }
    said.textContent = `${all.filter(each => !each.hidden).length} of ${all.length} scenario${all.length === 1 ? "" : "s"} shown`;
  };
  const follow = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.matches("details")) return;
    if (target.hidden) {
      words.value = "";
      for (const each of boxes.querySelectorAll("input")) each.checked = true;
      apply();
    }
    target.open = true;
    target.scrollIntoView();
  };
  bar.addEventListener("input", apply);
  addEventListener("hashchange", follow);
  section.insertBefore(bar, section.querySelector(".chapter"));
  apply();
  follow();
})();
