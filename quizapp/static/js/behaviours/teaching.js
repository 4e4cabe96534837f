// The lesson on the board: keys, a presenter's remote, and a full screen that stays one, because the
// next step is put into this page. Without this script each step is a page with links to the next.
const KEYS = {
  ArrowRight: "next", ArrowLeft: "previous", PageDown: "next", PageUp: "previous", " ": "next",
  Home: "first", End: "last", r: "reveal", R: "reveal",
}
const TYPED = "input, select, textarea"
const PRESSED = `${TYPED}, button, summary, audio, video`

export default function teaching(stage) {
  const part = (name, of = stage) => of.querySelector(`[data-part="${name}"]`)
  const way = (name) => stage.querySelector(`[data-go="${name}"]`)
  let busy = false

  async function load(url, asked = {}) {
    if (busy) return
    busy = true
    const answer = await fetch(url, asked).catch(() => null)
    const text = answer ? await answer.text().catch(() => "") : ""
    busy = false
    const page = new DOMParser().parseFromString(text, "text/html")
    const next = page.querySelector('[data-behaviour="teaching"]')
    if (!next && asked.method) return location.reload()   // It could not be kept: here is how it stands.
    if (!next) return location.assign(answer ? answer.url : url)   // Another page, or none at all.
    show(page, next)
    if (answer.url !== location.href) history.pushState(null, "", answer.url)
  }

  function show(page, next) {
    for (const name of ["slide", "bar"]) part(name).replaceWith(document.importNode(part(name, next), true))
    document.title = page.title
    part("slide").dispatchEvent(new Event("fragment", { bubbles: true }))
    window.scrollTo(0, 0)
    part("slide").querySelector("h1").focus({ preventScroll: true })
  }

  function unfold() {
    const folded = part("slide").querySelector("details:not([open])")
    if (folded) folded.open = true
  }

  // What is longer than the screen is read to its end first.
  function hasMore() {
    return window.innerHeight + window.scrollY < document.documentElement.scrollHeight - 8
  }

  function press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest(TYPED)) return
    if (event.key === " " && event.target.closest(PRESSED)) return
    if (event.key === "f" || event.key === "F") return fill()
    const choice = /^[1-9]$/.test(event.key) && stage.querySelector(`[data-choice="${event.key}"]`)
    let name = KEYS[event.key]
    if (!name && !choice) return
    event.preventDefault()
    if (name === "next" && event.shiftKey) name = "previous"
    if (name === "next" && event.key !== "ArrowRight" && hasMore()) return window.scrollBy(0, window.innerHeight * .7)
    const link = choice || way(name)
    if (link) link.click()
    else if (name === "reveal") unfold()
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen()
    else document.documentElement.requestFullscreen().catch(() => {})
  }

  stage.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-go]")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    load(link.href)
  })
  stage.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-go]")) return   // It leads away from the board.
    event.preventDefault()
    load(event.target.action, { method: "POST", body: new FormData(event.target) })
  })
  window.addEventListener("popstate", () => load(location.href))
  document.addEventListener("keydown", press)
  part("full").hidden = !document.fullscreenEnabled
  part("full").addEventListener("click", fill)
}
