// Turns every `<div class="chart" data-chart='{…}'>` into a chart, also those that htmx brings later.
//
// The attribute holds an option of ECharts and, beside it, `format`: {decimals, prefix, language}.
// Values come as integers (minor units) and are only shown with a point, never computed with.
// ECharts is loaded when the first chart appears. If that fails, the page's table still says it all.

const PALETTE = ["#0f6e75", "#c2571a", "#3f5fa8", "#7a8b1f", "#8d4a8f", "#a33a45", "#4b6b57", "#8a6d1b"];
const FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Micro Hei', sans-serif";
const INK = "#3c4a55";

const drawn = new Map();

function formatter({ decimals = 0, prefix = "", language = "zh-CN" }) {
  const figures = new Intl.NumberFormat(language, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return (value) => {
    if (value === null || value === undefined || value === "-") return "–";
    const sign = value < 0 ? "-" : "";
    return sign + prefix + figures.format(Math.abs(value) / 10 ** decimals);
  };
}

// An axis has room for few digits: 万 and 亿, or k and M.
function shortFormatter({ decimals = 0, prefix = "", language = "zh-CN" }) {
  const figures = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  return (value) => (value < 0 ? "-" : "") + prefix + figures.format(Math.abs(value) / 10 ** decimals);
}

function complete(option, format) {
  const full = formatter(format);
  const short = shortFormatter(format);
  for (const name of ["xAxis", "yAxis"]) {
    if (option[name]?.type === "value") {
      option[name].axisLabel = { ...option[name].axisLabel, formatter: short };
    }
  }
  // Drawn on the canvas: a tooltip made of HTML would carry styles that the page's policy forbids.
  option.tooltip = {
    ...option.tooltip,
    renderMode: "richText",
    valueFormatter: full,
    confine: true,
  };
  option.textStyle = { fontFamily: FONT, color: INK };
  option.color ??= PALETTE;
  option.animation = false;
  return option;
}

async function draw(element) {
  if (drawn.has(element)) return;
  drawn.set(element, null);
  const echarts = await import("./vendor/echarts/echarts.esm.min.js");
  const { format = {}, ...option } = JSON.parse(element.dataset.chart);
  const chart = echarts.init(element, null, { renderer: "canvas", locale: format.language?.startsWith("zh") ? "ZH" : "EN" });
  // ECharts puts its own styles on the element by script, which the policy allows.
  chart.setOption(complete(option, format));
  drawn.set(element, chart);
  sizes.observe(element);
  element.dataset.drawn = "yes";
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.resize();
});

function sweep() {
  for (const [element, chart] of drawn) {
    if (element.isConnected) continue;
    sizes.unobserve(element);
    chart?.dispose();
    drawn.delete(element);
  }
  for (const element of document.querySelectorAll(".chart[data-chart]")) draw(element);
}

sweep();
document.addEventListener("htmx:after:swap", sweep);
window.addEventListener("beforeprint", sweep);
