// The mark of a question, kept on the server as soon as it is made; without this script it is saved
// with the answers. What could not be kept is sent again with the next one, or with the network.
import { call } from "./calls.js"

export default function bookmark(label) {
  const form = label.closest("form")
  const box = label.querySelector("input")
  const link = form.querySelector(`.overview a[href$="#${label.closest(".question").id}"]`)

  async function keep() {
    const marked = [...form.querySelectorAll('[name^="mark-"]:checked')]
    const positions = marked.map((each) => Number(each.name.slice("mark-".length)))
    const { status } = await call("PUT", form.dataset.bookmarks, { positions })
    if (!status) window.addEventListener("online", keep, { once: true })
  }

  label.addEventListener("change", (event) => {
    event.stopPropagation()   // It is no answer.
    link.classList.toggle("overview__one--marked", box.checked)
    keep()
  })
}
