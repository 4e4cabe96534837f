// Reads the page aloud with the browser's own voices, a sentence at a time, and marks the sentence.
// It never begins by itself. Halting ends the sentence, going on begins it again: on many phones a
// voice that is paused does not come back.
const BLOCKS = "p, li, h1, h2, h3, h4, th, td, dt, dd, figcaption, legend, label, summary, blockquote, button, div, section, main, .answer__key, .help__line"
const SILENT = "rt, nav, select, textarea, script, style, [aria-hidden='true'], .unseen, .aloud, .button, [data-unread], button:not(.walk__choice)"
const SENTENCE = /[^。！？!?；;…\n]+(?:[。！？!?；;…\n]+[”’」』）"')]*)?/g
const YEAR = 31536000
const WAIT = 2000   // Milliseconds until a browser has found its voices.

export default function aloud(element) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`)
  const speech = window.speechSynthesis
  let sentences = [], at = 0, spoken = null

  // The voice of the device before that of a service, the country's own before another's. Some
  // browsers say "cmn" for Chinese; that of Hong Kong is no Mandarin.
  function voiceFor(lang) {
    const tag = (voice) => voice.lang.replace("_", "-").toLowerCase().replace(/^cmn/, "zh")
    const fits = speech.getVoices().filter((voice) => tag(voice).slice(0, 2) === lang.slice(0, 2) && tag(voice) !== "zh-hk")
    const same = fits.filter((voice) => tag(voice) === lang.toLowerCase())
    const best = same.length ? same : fits
    return best.find((voice) => voice.localService) ?? best[0]
  }

  function show(state) {
    part("start").hidden = state !== "still"
    part("halt").hidden = state !== "reading"
    part("go-on").hidden = state !== "halted"
    part("stop").hidden = state === "still"
  }

  function mark(sentence) {
    if (!("highlights" in CSS)) return
    CSS.highlights.delete("aloud")
    if (sentence?.range) CSS.highlights.set("aloud", new Highlight(sentence.range))
  }

  function quiet() {
    spoken = null
    speech.cancel()
  }

  function stop() {
    quiet()
    mark()
    at = 0
    show("still")
  }

  function say() {
    while (at < sentences.length && !sentences[at].block.isConnected) at += 1
    const sentence = sentences[at]
    if (!sentence) return stop()
    const words = new SpeechSynthesisUtterance(sentence.text)
    words.lang = sentence.lang
    words.voice = voiceFor(sentence.lang) ?? null
    words.rate = Number(part("speed").value)
    words.onend = words.onerror = () => {
      if (spoken !== words) return   // It was halted, or another began.
      at += 1
      say()
    }
    spoken = words
    mark(sentence)
    sentence.block.scrollIntoView({ block: "nearest" })
    speech.speak(words)
  }

  part("start").addEventListener("click", () => {
    sentences = found(document.getElementById(element.dataset.of))
    at = 0
    show("reading")
    part("halt").focus()
    say()
  })
  part("halt").addEventListener("click", () => {
    quiet()
    show("halted")
    part("go-on").focus()
  })
  part("go-on").addEventListener("click", () => {
    show("reading")
    part("halt").focus()
    say()
  })
  part("stop").addEventListener("click", () => {
    stop()
    part("start").focus()
  })
  part("speed").addEventListener("change", () => {
    document.cookie = `speed=${part("speed").value}; path=/; max-age=${YEAR}; samesite=lax`
    if (!spoken) return
    quiet()
    say()
  })
  window.addEventListener("pagehide", () => { if (speech) stop() })

  const kept = document.cookie.match(/(?:^|; )speed=(0\.8|1|1\.2)(?:;|$)/)
  if (kept) part("speed").value = kept[1]
  const { lang } = document.getElementById(element.dataset.of).querySelector("[lang]") ?? document.documentElement

  // Nothing is shown until it is known whether there is a voice; then the buttons, or why not.
  function offer(isLast) {
    const has = Boolean(speech && voiceFor(lang))
    part("tools").hidden = !has
    part("none").hidden = has || !isLast
    element.hidden = !has && !isLast
  }

  offer(!speech)
  if (!speech) return
  speech.addEventListener?.("voiceschanged", () => offer(true))
  setTimeout(() => offer(true), WAIT)
}

// Returns the sentences of what can be seen, each with its language, its block and its range.
function found(root) {
  const chunks = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    const text = node.nodeType === Node.TEXT_NODE ? node.data : node.localName === "img" ? node.alt : ""
    const within = node.nodeType === Node.TEXT_NODE ? node.parentElement : node
    if (!text.trim() || within.closest(SILENT) || !isSeen(within)) continue
    const block = within.closest(BLOCKS)
    const last = chunks[chunks.length - 1]
    const isPicture = node.localName === "img"
    if (last && last.block === block && !isPicture && !last.isPicture) last.pieces.push({ node, text })
    else chunks.push({ block, isPicture, lang: within.closest("[lang]").lang, pieces: [{ node, text }] })
  }
  return chunks.flatMap(parted)
}

// What lies folded away is not read; its heading is.
function isSeen(element) {
  const fold = element.closest("details:not([open])")
  if (fold && !element.closest("summary")) return false
  return element.checkVisibility ? element.checkVisibility() : element.getClientRects().length > 0
}

function parted({ block, isPicture, lang, pieces }) {
  const whole = pieces.map((piece) => piece.text).join("")
  return [...whole.matchAll(SENTENCE)].filter((match) => /[\p{L}\p{N}]/u.test(match[0])).map((match) => ({
    text: match[0].trim(), lang, block, range: isPicture ? null : ranged(pieces, match.index, match.index + match[0].length),
  }))
}

function ranged(pieces, from, to) {
  const range = document.createRange()
  let passed = 0
  for (const { node, text } of pieces) {
    const start = from - passed, end = to - passed
    if (start >= 0 && start < text.length) range.setStart(node, start)
    if (end > 0 && end <= text.length) range.setEnd(node, end)
    passed += text.length
  }
  return range
}
