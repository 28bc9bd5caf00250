"use strict";
// Filters the questions. Without this script the page shows all of them.
const filters = document.getElementById("filters");
const questions = [...document.querySelectorAll(".question")];
const [kind, replies, words] = ["kind", "replies", "words"].map((id) => document.getElementById(id));

function fits(question) {
  const { kind: own, wrong } = question.dataset;
  if (kind.value && own !== kind.value) return false;
  if (replies.value === "any" && !wrong) return false;
  if (Number.isInteger(Number.parseInt(replies.value, 10)) && !wrong.split(" ").includes(replies.value)) return false;
  return question.textContent.toLowerCase().includes(words.value.trim().toLowerCase());
}

function show() {
  let shown = 0;
  for (const question of questions) {
    question.hidden = !fits(question);
    shown += question.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = `${shown} of ${questions.length} questions`;
}

function setAll(open) {
  for (const question of questions) if (!question.hidden) question.open = open;
}

for (const each of [kind, replies, words]) each.addEventListener("input", show);
document.getElementById("open").addEventListener("click", () => setAll(true));
document.getElementById("close").addEventListener("click", () => setAll(false));
filters.addEventListener("submit", (event) => event.preventDefault());
filters.hidden = false;
show();
