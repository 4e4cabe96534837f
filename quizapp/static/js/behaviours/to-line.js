// A link to a line of a text being written: the line is chosen, and the text scrolled to it.
export default function toLine(link) {
  link.addEventListener("click", (event) => {
    const area = document.getElementById(link.hash.slice(1))
    const lines = area.value.split("\n")
    const number = Math.min(Number(link.dataset.line), lines.length)
    const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0)
    event.preventDefault()
    area.blur()
    area.setSelectionRange(start, start + lines[number - 1].length)
    area.focus()   // The browser shows what is chosen when the text takes the focus.
    area.scrollIntoView({ block: "center" })
  })
}
