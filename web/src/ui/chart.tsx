/** A chart by Apache ECharts: `option` is ECharts' own, and this adds the colours of the theme, the size and a name. */

import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, DataZoomComponent, DatasetComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import type { EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "preact/hooks";
import { colour, useColours } from "../theme.ts";

echarts.use([
  AriaComponent, BarChart, CanvasRenderer, DataZoomComponent, DatasetComponent, GridComponent, HeatmapChart, LegendComponent, LineChart,
  MarkLineComponent, ScatterChart, TooltipComponent, VisualMapComponent,
]);

export interface ChartProps {
  option: EChartsCoreOption;
  /** What the chart shows, in a sentence, for those who cannot see it. */
  label: string;
  height?: number;
  /** What a click on a mark does. */
  onPick?: (mark: echarts.ECElementEvent) => void;
}

export function Chart({ option, label, height = 220, onPick }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts>(undefined);
  const pick = useRef(onPick);
  pick.current = onPick;
  const colours = useColours();
  useEffect(() => {
    const made = echarts.init(place.current, theme(), { renderer: "canvas" });
    made.on("click", (mark) => pick.current?.(mark));
    chart.current = made;
    const sized = new ResizeObserver(() => made.resize());
    sized.observe(place.current!);
    return () => {
      sized.disconnect();
      made.dispose();
    };
  }, [colours]);
  useEffect(() => {
    chart.current?.setOption({ animation: false, ...option, tooltip: tooltip(option.tooltip) }, { notMerge: true });
  }, [option, colours]);
  return <div ref={place} class="chart" role="img" aria-label={label} style={{ height: `${height}px` }} />;
}

/** Tooltips are drawn, never made of HTML: their words come from the data. */
function tooltip(given: unknown): object {
  return {
    renderMode: "richText",
    confine: true,
    backgroundColor: colour("--panel"),
    borderColor: colour("--line"),
    textStyle: { color: colour("--text"), fontSize: 12 },
    ...(typeof given === "object" ? given : {}),
  };
}

function theme(): object {
  const [text, quiet, line] = [colour("--text"), colour("--quiet"), colour("--line")];
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisTick: { lineStyle: { color: line } },
    axisLabel: { color: quiet, fontSize: 11, hideOverlap: true },
    splitLine: { lineStyle: { color: line } },
    nameTextStyle: { color: quiet },
  };
  return {
    color: [1, 2, 3, 4, 5, 6].map((n) => colour(`--data-${n}`)),
    backgroundColor: "transparent",
    textStyle: { color: text, fontFamily: getComputedStyle(document.body).fontFamily },
    legend: { textStyle: { color: text, fontSize: 12 }, inactiveColor: line },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
    logAxis: axis,
  };
}
