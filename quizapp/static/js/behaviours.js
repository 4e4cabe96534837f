// Gives elements the behaviour that they ask for: data-behaviour="countdown" imports
// behaviours/countdown.js, whose default export takes the element. Pages work without any of it.
function wake(root) {
  for (const element of root.querySelectorAll("[data-behaviour]:not([data-awake])")) {
    element.dataset.awake = ""
    for (const name of element.dataset.behaviour.split(" ")) {
      import(new URL(`behaviours/${name}.js`, import.meta.url).href)
        .then((behaviour) => behaviour.default(element))
        .catch((error) => console.error(`behaviour ${name}:`, error))
    }
  }
}

wake(document)
// Whoever puts a fragment into the page says so, and the fragment comes to life as well.
document.addEventListener("fragment", (event) => wake(event.target))
