// A running quiz: one question a screen, and each choice is sent as soon as it is made. Without
// this script the same form shows all questions and is sent with its buttons. A quiz may want all of
// them on a screen (data-all), or no way back (data-forward): what was left is then disabled.
import { isAnswered, isChanged } from "./given.js"
import { sender } from "./sender.js"

const TYPING = 0.8   // Seconds without a key, after which a word is sent.

export default function sitting(form) {
  const page = screens(form)
  const post = sender(form, teller(form))
  let unmade = null   // The question whose word an input method is still making.

  form.addEventListener("change", (event) => {
    if (event.target.type === "text") return   // Every key of it came as an input.
    page.mark()
    post.add(event.target.closest(".question"))
  })
  form.addEventListener("input", (event) => {
    // The letters that an input method makes a word of are no answer; the word comes at the end.
    if (event.target.type === "text" && !event.isComposing) typed(event.target)
  })
  form.addEventListener("compositionstart", (event) => { unmade = event.target.closest(".question") })
  form.addEventListener("compositionend", (event) => {
    unmade = null
    typed(event.target)
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    // The Enter key in a question sends with the first button: then it means the next question.
    const handsIn = page.isLast() || event.submitter && event.submitter.value === "review"
    if (handsIn) post.leave()
    else page.next()
  })
  form.addEventListener("click", ({ target }) => {
    const wish = target.closest("[data-do]")
    if (wish) (wish.dataset.do === "hand-in" ? post.handIn : post.stay)()
  })
  form.addEventListener("filled", page.mark)
  form.addEventListener("away", post.away)
  window.addEventListener("hashchange", post.stay)
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) post.stay() })
  window.addEventListener("offline", post.away)
  for (const moment of ["online", "focus"]) window.addEventListener(moment, post.hurry)
  document.addEventListener("visibilitychange", post.hurry)
  window.addEventListener("beforeunload", (event) => {
    if (!post.waits() && navigator.onLine) return
    event.preventDefault()
    event.returnValue = true   // Chrome before 119 asks for it.
  })
  document.addEventListener("signing-out", (event) => event.detail.push(post))

  // What was chosen, and whether the time ran out, before this script was there.
  for (const item of form.querySelectorAll(".question")) {
    if (isChanged(item)) post.add(item)
  }
  document.addEventListener("countdown:over", () => {
    if (unmade) post.add(unmade)   // On many phones this is a plain word that was not left yet.
    post.end()
  })
  if (performance.now() > form.dataset.seconds * 1000) post.end()

  function typed(field) {
    page.mark()
    post.add(field.closest(".question"), TYPING)
  }
}

// Shows one question at a time. The address names it, so that the Back key goes back to it.
function screens(form) {
  const items = [...form.querySelectorAll(".question")]
  const steps = document.querySelectorAll(".steps__mark")
  const [where, done] = document.querySelectorAll(".steps__words span")
  const overview = form.querySelectorAll(".overview__one")
  const part = (name) => form.querySelector(`[data-part="${name}"]`)
  const named = () => items.findIndex((item) => `#${item.id}` === location.hash)
  const isLast = () => current === items.length - 1
  const { all, forward } = { all: "all" in form.dataset, forward: "forward" in form.dataset }
  const isFree = (index) => index >= 0 && !(forward && items[index].disabled)
  const go = (index) => { location.hash = items[index].id }
  const unanswered = items.findIndex((item) => !isAnswered(item) && !item.disabled)
  let current = [named(), unanswered, ...items.keys()].find(isFree)

  function mark() {
    items.forEach((item, index) => {
      steps[index].classList.toggle("steps__mark--now", index === current)
      steps[index].classList.toggle("steps__mark--done", index !== current && isAnswered(item))
      overview[index].classList.toggle("overview__one--done", isAnswered(item))
      overview[index].setAttribute("aria-current", index === current)
    })
    where.textContent = form.dataset.where.replace("{n}", current + 1)
    done.textContent = form.dataset.done.replace("{n}", items.filter(isAnswered).length)
  }

  function show() {
    items.forEach((item, index) => {
      item.hidden = !all && index !== current
      if (forward && index < current) item.disabled = true
    })
    part("back").hidden = all || forward || current === 0
    part("next").hidden = all || isLast()
    part("last").hidden = !all && !isLast()
    where.hidden = all
    mark()
  }

  window.addEventListener("hashchange", () => {
    if (all || !isFree(named())) return
    current = named()
    show()
    part("all").open = false
    items[current].querySelector("legend").focus({ preventScroll: true })
    window.scrollTo(0, 0)
  })
  part("back").addEventListener("click", () => go(current - 1))
  part("next").addEventListener("click", () => go(current + 1))
  for (const each of document.querySelectorAll("[data-plain]")) each.hidden = true
  for (const each of document.querySelectorAll("[data-scripted]")) each.hidden = false
  form.classList.add("sitting--paged")
  show()
  return { mark, isLast, next: () => go(current + 1) }
}

// Says how it stands, with the texts that the page brought along; n stands for "{n}" in them.
function teller(form) {
  const slot = form.querySelector('[data-part="notice"]')
  const saved = form.querySelector(".saved")

  function copy(kind, name, n) {
    const made = form.querySelector(`template[data-${kind}="${name}"]`).content.firstElementChild.cloneNode(true)
    const texts = document.createTreeWalker(made, NodeFilter.SHOW_TEXT)   // Pinyin parts them.
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace("{n}", n)
    return made
  }

  function line(name, n) {
    const made = copy("saved", name, n)
    saved.className = made.className
    saved.replaceChildren(...made.childNodes)
  }

  function quiet() {
    saved.className = "saved"
    saved.replaceChildren()
  }

  // "Saved" was said of the answers before this one.
  function unsaid() {
    if (saved.classList.contains("saved--saved")) quiet()
  }

  function notice(name, n) {
    slot.replaceChildren(copy("notice", name, n))
    slot.scrollIntoView({ block: "nearest" })
  }
  return { line, quiet, unsaid, notice, clear: () => slot.replaceChildren() }
}
