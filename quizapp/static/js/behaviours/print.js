// A button that prints the page; without scripts it stays hidden, and the browser's menu prints.
export default function print(button) {
  button.hidden = false
  button.addEventListener("click", () => window.print())
}
