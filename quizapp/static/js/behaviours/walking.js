// A scenario: the next scene comes from the page at once, and the way goes by the journal, which
// sends it now or when the connection is back.
import { add, kept } from "./journal.js"

export default async function walking(form) {
  const own = JSON.parse(form.dataset.entry)
  const part = (name) => form.querySelector(`[data-part="${name}"]`)
  const scenes = new Map([...form.querySelectorAll("template")].map((one) => [one.dataset.scene, one.content]))
  const isOwn = (entry) => Object.keys(own).every((name) => entry[name] === own[name])
  let last   // The newest step of which nothing is known yet.

  const choices = (scene) => [...scene.querySelectorAll("[data-to]")]

  // A way is one digit a choice, from the first scene.
  function follow(path) {
    let name = form.dataset.first, then = []
    const skills = new Set()
    for (const digit of path) {
      const choice = choices(scenes.get(name))[digit]
      name = choice.dataset.to
      then = [...choice.nextElementSibling.cloneNode(true).childNodes]
      if (choice.dataset.skill) skills.add(choice.dataset.skill)
    }
    return { scene: scenes.get(name).cloneNode(true), then, skills: [...skills] }
  }

  function show(path) {
    const { scene, then, skills } = follow(path)
    const words = (name) => scene.querySelector(`[data-part="${name}"]`)
    for (const choice of choices(scene)) choice.value = path + choice.value
    words("then").replaceChildren(...then)
    words("then").hidden = !then.length
    if (words("practised")) {
      words("skills").textContent = skills.join(" · ")
      words("practised").hidden = !skills.length
    }
    part("stage").replaceChildren(scene)
  }

  async function keep(path) {
    last = path
    const told = await add({ ...own, path }).catch(() => ({ state: "refused" }))
    if (last === path) tell(told.state)
  }

  function tell(state) {
    const says = form.dataset[state] || ""
    if (part("saved").textContent !== says) part("saved").textContent = says
    if (part("class")) part("class").hidden = state !== "saved"
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const path = event.submitter.value
    show(path)
    part("told").focus()   // It is read out from here, and the keyboard goes on from here.
    keep(path)
  })
  document.addEventListener("journal", ({ detail: { entry, state } }) => {
    if (isOwn(entry) && entry.path === last) tell(state)
  })
  // Steps that wait since this page was last open.
  const earlier = (await kept()).filter(isOwn)
  if (earlier.length && last === undefined) {
    last = earlier[earlier.length - 1].path
    show(last)
    tell("kept")
  }
}
