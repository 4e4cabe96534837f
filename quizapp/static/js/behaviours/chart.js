// Draws the plotly figure that stands in the JSON behind the element, once it comes into view.
// Nothing may leave the site: no bar of buttons, none that shares, no address of a foreign cloud.
const CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  displayModeBar: false,
  modeBarButtonsToRemove: ["sendChartToCloud"],
  responsive: true,
}

function load(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes, { onload: resolve, onerror: reject })
    document.head.append(element)
  })
}

let library

// Plotly writes no rules of its own where it finds these two links, so a strict CSP is content.
async function plotly({ plotly, locale, styles }) {
  const sheet = (part) => load("link", { rel: "stylesheet", id: `plotly.js-style-${part}`, className: "no-inline-styles", href: styles })
  await Promise.all([sheet("global"), sheet("modebar"), load("script", { src: plotly })])
  await load("script", { src: locale })
}

// "--bar" in a figure is the token of that name, in the theme of the moment.
function painted(value, tokens) {
  if (typeof value === "string") return value.startsWith("--") ? tokens.getPropertyValue(value).trim() : value
  if (Array.isArray(value)) return value.map((each) => painted(each, tokens))
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, painted(each, tokens)]))
}

async function draw(element, figure) {
  library = library || plotly(element.dataset)
  await library
  const tokens = getComputedStyle(element)
  const { data, layout = {} } = painted(figure, tokens)
  const { color, fontFamily } = tokens
  const plain = { paper_bgcolor: painted("--card", tokens), plot_bgcolor: "transparent", font: { color, family: fontFamily, size: 14 } }
  const locale = document.documentElement.lang
  await Plotly.react(element, data, { ...plain, ...layout }, { ...CONFIG, locale })
}

export default function chart(element) {
  const figure = JSON.parse(element.nextElementSibling.textContent)
  const waiting = element.querySelector(".chart__waiting")
  const save = element.parentElement.querySelector(".chart-box__save")
  save.addEventListener("click", () => Plotly.downloadImage(element, { format: "png", scale: 2, filename: document.title }))
  const again = () => element.classList.contains("js-plotly-plot") && draw(element, figure)
  const seen = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting) return
    seen.disconnect()
    element.classList.add("chart--coming")
    try {
      await draw(element, figure)
    } catch {
      return element.remove()   // Its table stays.
    }
    waiting.remove()
    save.hidden = false
  }, { rootMargin: "200px" })
  seen.observe(element)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again)
  matchMedia("print").addEventListener("change", again)
}
