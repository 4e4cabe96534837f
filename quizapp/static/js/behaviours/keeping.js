// Lessons without a network: gives the site its service worker, and keeps this page, or with the
// button all lessons of the term, on the device.
export default async function keeping(element) {
  if (!("serviceWorker" in navigator)) return
  const { dataset } = element
  const isKept = "kept" in document.documentElement.dataset
  await navigator.serviceWorker.register(dataset.worker)
  const { active } = await navigator.serviceWorker.ready
  // The first page was there before the worker was.
  if (!navigator.serviceWorker.controller && !isKept) active.postMessage({ keep: [location.pathname] })

  const button = element.querySelector("button")
  if (!button || isKept) return
  const said = element.querySelector("[role=status]")
  button.hidden = false
  button.addEventListener("click", () => {
    const pages = JSON.parse(dataset.pages)
    const { port1, port2 } = new MessageChannel()
    button.disabled = true
    port1.onmessage = ({ data: { kept, tried } }) => {
      const isOver = tried === pages.length
      const says = isOver ? (kept === tried ? dataset.done : dataset.some) : dataset.going
      said.textContent = says.replace("{n}", kept).replace("{total}", pages.length)
      button.disabled = !isOver
    }
    active.postMessage({ keep: pages }, [port2])
  })
}
