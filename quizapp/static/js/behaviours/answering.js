// A checkpoint, or the button that begins a lesson: what is sent goes by the journal. With a
// network the page comes back with the explanation, as it does without this script; without one it
// says that the answer is kept, and never whether it is right: no key is on the device.
import { add, kept } from "./journal.js"

export default async function answering(form) {
  const { dataset } = form
  const own = JSON.parse(dataset.entry)
  const part = (name) => form.querySelector(`[data-part="${name}"]`)
  const isOwn = (entry) => Object.keys(own).every((name) => entry[name] === own[name])
  let busy = false
  let isLeaving = false   // Coming back would call off the way to another page.

  window.addEventListener("beforeunload", () => { isLeaving = true })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    if (!busy) send()
  })
  document.addEventListener("journal", ({ detail }) => {
    if (isOwn(detail.entry)) tell(detail.state, detail.says)
  })
  const earlier = (await kept()).filter(isOwn)
  if (earlier.length) {
    const fold = form.closest("details")
    if (fold) fold.open = true
    choose(earlier[earlier.length - 1].choice || [])
    tell("kept")
  }

  async function send() {
    const choice = new FormData(form).getAll("choice")
    const isAnswer = own.kind === "answer"
    if (isAnswer && !choice.some((each) => each.trim())) return tell("empty")
    busy = true
    const told = await add(isAnswer ? { ...own, choice } : own).catch(() => null)
    busy = false
    if (!told) return form.submit()   // The device is full: then it is sent as without a script.
    if (told.state === "saved" && !isLeaving) return again()
    tell(told.state, told.says)
  }

  // The page as it is after the answer; it is shown where the pupil has been.
  function again() {
    if (own.kind === "answer") location.hash = `checkpoint-${own.position}`
    location.reload()
  }

  function tell(state, says) {
    part("outcome").textContent = says || dataset[state]
    part("fresh").hidden = state !== "saved"
  }

  // What was put in order stands as it is shown: ordering.js knows only that.
  function choose(choice) {
    if (form.querySelector("[data-behaviour=ordering]")) return
    for (const field of form.querySelectorAll("[name=choice]")) {
      const options = [...field.options || []]
      const chosen = options.find((option) => choice.includes(option.value))
      if (chosen) chosen.selected = true
      else if (field.type === "text") field.value = choice[0]
      else field.checked = choice.includes(field.value)
    }
  }
}
