// Things to be put in order: buttons that move one up or down. What is sent stays in the selects,
// which the page has without this script: a saved order stands there already, and without one they
// are empty until the first thing has moved.
import plain from "../plain.js"

export default function ordering(root) {
  const list = root.querySelector(".ordering")
  const said = root.querySelector('[data-part="said"]')
  const items = () => [...list.querySelectorAll(".ordering__one")]

  function mark() {
    const all = items()
    all.forEach((item, index) => {
      // Not `disabled`: the button that was just pressed would lose the focus.
      item.querySelector('[data-way="up"]').setAttribute("aria-disabled", index === 0)
      item.querySelector('[data-way="down"]').setAttribute("aria-disabled", index === all.length - 1)
    })
  }

  function move(item, way) {
    const all = items()
    const at = all.indexOf(item)
    const other = all[way === "up" ? at - 1 : at + 1]
    if (!other) return
    // The neighbour is moved past it, for what is moved loses the focus.
    if (way === "up") item.after(other)
    else item.before(other)
    items().forEach((each, index) => { each.querySelector("select").selectedIndex = index + 1 })
    mark()
    const text = plain(item.querySelector(".ordering__text"))
    const place = items().indexOf(item) + 1
    said.textContent = root.dataset.said.replace("{place}", place).replace("{text}", text)
    item.dispatchEvent(new Event("change", { bubbles: true }))
  }

  // What another script has filled in is shown in its order.
  function arrange() {
    const place = (item) => item.querySelector("select").selectedIndex
    list.append(...items().sort((one, other) => place(one) - place(other)))
    mark()
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-way]")
    if (button) move(button.closest(".ordering__one"), button.dataset.way)
  })
  for (const ways of list.querySelectorAll('[data-part="ways"]')) ways.hidden = false
  list.classList.add("ordering--moved")
  document.addEventListener("filled", (event) => { if (event.target.contains(root)) arrange() })
  arrange()
}
