"use strict";
// A persona graph that can be dragged, zoomed and searched. Text from the persona's file is only ever set as
// textContent, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const nodes = new Map(data.nodes.map((node) => [node.id, { ...node, links: [] }]));
const links = data.links.map((link) => ({ ...link, from: nodes.get(link.source), to: nodes.get(link.target) }));
for (const link of links) for (const end of new Set([link.from, link.to])) end.links.push(link);
const hiddenTypes = new Set();
let view = { x: 0, y: 0, scale: 1 };
let chosen = null;

function svg(name, attributes, parent) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

function html(name, className, text, parent) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────

function drawNode(node) {
  node.element = svg("g", { class: node.own ? "node own" : "node", tabindex: 0 }, byId("nodes"));
  node.element.style.setProperty("--c", data.colours[node.type]);
  const box = { x: -node.width / 2, y: -node.height / 2, width: node.width, height: node.height, rx: node.height / 2 };
  svg("rect", box, node.element);
  const text = svg("text", { "font-size": node.size, y: node.size * 0.35 }, node.element);
  text.textContent = node.short;
}

function drawLink(link) {
  const classes = ["link", link.symmetric && "symmetric", link.ended && "ended", link.secret && "secret"].filter(Boolean).join(" ");
  link.element = svg("g", { class: classes }, byId("links"));
  link.element.style.setProperty("--c", data.colours[link.to.type]);
  link.seen = svg("path", { class: "seen" }, link.element);
  link.felt = svg("path", { class: "felt" }, link.element);
  link.words = svg("text", { class: "words" }, byId("words"));
  link.words.textContent = link.relation;
}

// Where the line from a box's middle to a point leaves the box.
function border(box, point) {
  const across = point.x - box.x, down = point.y - box.y;
  const reach = 1 / Math.max(Math.abs(across) / (box.width / 2 + 2), Math.abs(down) / (box.height / 2 + 2), 1e-9);
  return { x: box.x + across * reach, y: box.y + down * reach };
}

function placeLink(link) {
  const { from, to } = link;
  const across = to.x - from.x, down = to.y - from.y;
  const bow = { x: (from.x + to.x) / 2 - down * link.bend, y: (from.y + to.y) / 2 + across * link.bend };
  const start = border(from, bow), end = border(to, bow);
  const path = `M${start.x},${start.y} Q${bow.x},${bow.y} ${end.x},${end.y}`;
  link.seen.setAttribute("d", path);
  link.felt.setAttribute("d", path);
  link.words.setAttribute("x", (start.x + 2 * bow.x + end.x) / 4);
  link.words.setAttribute("y", (start.y + 2 * bow.y + end.y) / 4 + 3.5);
}

function placeNode(node) {
  node.element.setAttribute("transform", `translate(${node.x},${node.y})`);
}

function placeAll() {
  nodes.forEach(placeNode);
  links.forEach(placeLink);
}

// ── the view ────────────────────────────────────────────────────────────────────────────────

function showView() {
  byId("view").setAttribute("transform", `translate(${view.x},${view.y}) scale(${view.scale})`);
}

function fit() {
  const all = [...nodes.values()];
  const left = Math.min(...all.map((n) => n.x - n.width / 2)), right = Math.max(...all.map((n) => n.x + n.width / 2));
  const top = Math.min(...all.map((n) => n.y - n.height / 2)), bottom = Math.max(...all.map((n) => n.y + n.height / 2));
  const room = { width: stage.clientWidth - 60, height: stage.clientHeight - 140 };
  const scale = Math.min(1.4, Math.max(0.05, Math.min(room.width / (right - left), room.height / (bottom - top))));
  view = {
    scale,
    x: stage.clientWidth / 2 - ((left + right) / 2) * scale,
    y: (stage.clientHeight - 40) / 2 - ((top + bottom) / 2) * scale,
  };
  showView();
}

function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const scale = Math.min(6, Math.max(0.05, view.scale * factor));
  const real = scale / view.scale;
  view = { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
  showView();
}

function inGraph(event) {
  const frame = stage.getBoundingClientRect();
  return { x: (event.clientX - frame.left - view.x) / view.scale, y: (event.clientY - frame.top - view.y) / view.scale };
}

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = stage.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - frame.left, event.clientY - frame.top);
}, { passive: false });

// ── forces, while something is dragged ──────────────────────────────────────────────────────

let heat = 0;

function push(node, x, y) {
  if (node === held || node.pinned) return;
  node.x += x;
  node.y += y;
}

function part(one, other) {
  const across = one.x - other.x || 0.1, down = one.y - other.y || 0.1;
  const wide = (one.width + other.width) / 2 + 10 - Math.abs(across);
  const high = (one.height + other.height) / 2 + 10 - Math.abs(down);
  if (wide <= 0 || high <= 0) return;
  const x = wide < high ? (Math.sign(across) * wide) / 4 : 0, y = wide < high ? 0 : (Math.sign(down) * high) / 4;
  push(one, x, y);
  push(other, -x, -y);
}

function pull(link) {
  const across = link.to.x - link.from.x, down = link.to.y - link.from.y;
  const distance = Math.hypot(across, down) || 1;
  const force = ((distance - link.rest) / distance) * 0.12 * heat;
  const share = link.from.links.length / (link.from.links.length + link.to.links.length);
  push(link.from, across * force * (1 - share), down * force * (1 - share));
  push(link.to, -across * force * share, -down * force * share);
}

function step() {
  if (heat < 0.02) { heat = 0; return; }
  links.forEach(pull);
  const all = [...nodes.values()];
  for (let i = 0; i < all.length; i += 1) for (let j = 0; j < i; j += 1) part(all[i], all[j]);
  placeAll();
  heat *= held ? 1 : 0.93;
  requestAnimationFrame(step);
}

function warm() {
  const asleep = heat === 0;
  heat = 0.6;
  if (asleep) requestAnimationFrame(step);
}

// ── pointer ─────────────────────────────────────────────────────────────────────────────────

let held = null;
let grip = null; // where the pointer went down, and how far it went since

stage.addEventListener("pointerdown", (event) => {
  const element = event.target.closest(".node");
  held = element ? [...nodes.values()].find((node) => node.element === element) : null;
  grip = { x: event.clientX, y: event.clientY, moved: 0 };
  stage.classList.add("moving");
  stage.setPointerCapture(event.pointerId);
});

stage.addEventListener("pointermove", (event) => {
  if (!grip) return;
  const across = event.clientX - grip.x, down = event.clientY - grip.y;
  grip = { x: event.clientX, y: event.clientY, moved: grip.moved + Math.hypot(across, down) };
  if (grip.moved < 4) return;
  if (held) {
    Object.assign(held, inGraph(event));
    warm();
  } else {
    view = { ...view, x: view.x + across, y: view.y + down };
    showView();
  }
});

stage.addEventListener("pointerup", () => {
  if (grip && grip.moved < 4) choose(held);
  if (held && grip.moved >= 4) held.pinned = true;
  held = null;
  grip = null;
  stage.classList.remove("moving");
});

function showTip(event, title, small) {
  const tip = byId("tip-box"), frame = stage.getBoundingClientRect();
  tip.textContent = title;
  if (small) html("small", "", small, tip);
  tip.hidden = false;
  const left = Math.min(event.clientX - frame.left + 14, frame.width - tip.offsetWidth - 8);
  const top = Math.min(event.clientY - frame.top + 14, frame.height - tip.offsetHeight - 8);
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}

function hover(element, title, small, lit) {
  element.addEventListener("pointermove", (event) => { if (!grip) showTip(event, title, small); });
  element.addEventListener("pointerenter", () => lit.forEach((link) => light(link, true)));
  element.addEventListener("pointerleave", () => {
    byId("tip-box").hidden = true;
    lit.forEach((link) => light(link, false));
  });
}

function light(link, on) {
  const stays = chosen && (link.from === chosen || link.to === chosen);
  link.element.classList.toggle("lit", on || Boolean(stays));
  link.words.classList.toggle("lit", on || Boolean(stays));
}

// ── choosing, searching, hiding ─────────────────────────────────────────────────────────────

function choose(node) {
  chosen = node;
  const near = new Set(node ? node.links.flatMap((link) => [link.from, link.to]) : nodes.values());
  if (node) near.add(node);
  for (const other of nodes.values()) {
    other.element.classList.toggle("dim", !near.has(other));
    other.element.classList.toggle("chosen", other === node);
  }
  for (const link of links) {
    link.element.classList.toggle("dim", Boolean(node) && link.from !== node && link.to !== node);
    light(link, false);
  }
  showAbout();
  showFacts();
}

function showAbout() {
  const about = byId("about");
  about.textContent = "";
  if (!chosen) { html("p", "", data.summary, about); return; }
  html("h2", "", chosen.label, about);
  html("div", "kind", [chosen.type.replace("_", " "), ...chosen.aliases].join(" · "), about);
  if (chosen.description) html("p", "", chosen.description, about);
}

function matches(text) {
  return text.toLowerCase().includes(byId("search").value.trim().toLowerCase());
}

function showFacts() {
  const list = byId("facts");
  list.textContent = "";
  const shown = (chosen ? chosen.links : links).filter((link) => matches(link.text) && !isHidden(link));
  const groups = Map.groupBy ? Map.groupBy(shown, (link) => link.relation) : groupBy(shown);
  for (const [relation, group] of groups) {
    html("h3", "", relation, list);
    for (const link of group) showFact(link, list);
  }
  if (!shown.length) html("p", "kind", "No facts.", list);
}

function groupBy(all) {
  const groups = new Map();
  for (const link of all) groups.set(link.relation, [...(groups.get(link.relation) || []), link]);
  return groups;
}

function showFact(link, list) {
  const classes = ["fact", link.ended && "ended", link.fixed && "fixed", link.secret && "secret"].filter(Boolean).join(" ");
  const row = html("div", classes, link.text, list);
  if (link.secret) html("small", "", link.secret, row);
  row.title = link.id;
  row.addEventListener("pointerenter", () => light(link, true));
  row.addEventListener("pointerleave", () => light(link, false));
  row.addEventListener("click", () => choose(chosen === link.from ? link.to : link.from));
}

function search() {
  const wanted = byId("search").value.trim();
  if (chosen) choose(null);
  const found = (node) => [node.label, ...node.aliases].some(matches);
  for (const node of nodes.values()) node.element.classList.toggle("dim", Boolean(wanted) && !found(node));
  for (const link of links) link.element.classList.toggle("dim", Boolean(wanted) && !matches(link.text));
  showFacts();
}

function firstFound() {
  return [...nodes.values()].find((node) => [node.label, ...node.aliases].some(matches));
}

function isHidden(link) {
  return hiddenTypes.has(link.from.type) || hiddenTypes.has(link.to.type);
}

function toggleType(type, button) {
  if (!hiddenTypes.delete(type)) hiddenTypes.add(type);
  button.classList.toggle("off", hiddenTypes.has(type));
  for (const node of nodes.values()) node.element.classList.toggle("gone", hiddenTypes.has(node.type));
  for (const link of links) {
    link.element.classList.toggle("gone", isHidden(link));
    link.words.classList.toggle("gone", isHidden(link));
  }
  showFacts();
}

function drawLegend() {
  const counts = new Map();
  for (const node of nodes.values()) counts.set(node.type, (counts.get(node.type) || 0) + 1);
  for (const [type, count] of [...counts].sort((one, other) => other[1] - one[1])) {
    const button = html("button", "", `${type.replace("_", " ")} ${count}`, byId("legend"));
    button.style.setProperty("--c", data.colours[type]);
    button.addEventListener("click", () => toggleType(type, button));
  }
}

// ── start ───────────────────────────────────────────────────────────────────────────────────

function listen() {
  byId("closer").addEventListener("click", () => zoom(1.3));
  byId("farther").addEventListener("click", () => zoom(1 / 1.3));
  byId("fit").addEventListener("click", fit);
  byId("theme").addEventListener("click", () => document.documentElement.classList.toggle("dark"));
  byId("search").addEventListener("input", search);
  document.addEventListener("keydown", (event) => {
    const typing = event.target === byId("search");
    if (event.key === "/" && !typing) { event.preventDefault(); byId("search").focus(); }
    if (event.key === "Escape") { byId("search").value = ""; byId("search").blur(); choose(null); }
    if (event.key === "Enter" && typing && firstFound()) choose(firstFound());
  });
  addEventListener("resize", fit);
}

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark");
byId("count").textContent = data.count;
nodes.forEach(drawNode);
links.forEach((link) => {
  drawLink(link);
  link.rest = Math.hypot(link.to.x - link.from.x, link.to.y - link.from.y);
  hover(link.felt, link.text, link.secret, [link]);
});
nodes.forEach((node) => hover(node.element, node.label, node.description, node.links));
drawLegend();
placeAll();
listen();
choose(null);
fit();
