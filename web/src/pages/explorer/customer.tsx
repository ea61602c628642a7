/** A customer: purchases over time, and every invoice. */

import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "preact/hooks";
import { type Customer, customerPath, isCancellation, type Summary } from "../../api/orders.ts";
import { usePages } from "../../api/pages.ts";
import { go, to } from "../../router.ts";
import { Chart } from "../../ui/chart.tsx";
import { businessTime, count, money, moneyLike } from "../../ui/format.ts";
import { More } from "../../ui/more.tsx";
import { Sheet } from "../../ui/sheet.tsx";
import { Answered } from "../../ui/states.tsx";
import { NoSuch } from "./found.tsx";

export function CustomerView({ id }: { id: string }) {
  const customer = usePages<Customer>((next) => customerPath(id, next), joined);
  if (customer.error?.status === 404 && !customer.data) return <NoSuch number={id} />;
  return (
    <Answered of={customer} rows={8}>
      {(it) => (
        <>
          <section class="panel">
            <h2 class="number">Customer {it.CustomerID}</h2>
            <dl class="facts">
              <Fact name="Invoices" value={count(it.Invoices)} />
              <Fact name="Lines" value={count(it.Lines)} />
              <Fact name="Units" value={count(it.Units)} />
              <Fact name="Amount" value={money(it.Amount)} />
              <Fact name="First" value={businessTime(it.FirstInvoiceDate)} />
              <Fact name="Last" value={businessTime(it.LastInvoiceDate)} />
            </dl>
            <Purchases customer={it} />
          </section>
          <section class="panel">
            <h2>Invoices</h2>
            <Invoices invoices={it.invoices} />
            <More of={customer} what="invoices" />
          </section>
        </>
      )}
    </Answered>
  );
}

const joined = (before: Customer, page: Customer): Customer => ({ ...page, invoices: [...before.invoices, ...page.invoices] });

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Purchases({ customer }: { customer: Customer }) {
  const option = useMemo(() => purchases(customer.invoices), [customer.invoices]);
  return (
    <Chart
      option={option}
      height={190}
      label={`Amount of each invoice of customer ${customer.CustomerID} over time; the table below has the numbers`}
      onPick={(mark) => go(to("explorer", ["invoice", String((mark.value as unknown[])[2])]))}
    />
  );
}

/** A bar for each invoice at its time, and the sum so far as a line. */
function purchases(invoices: Summary[]): EChartsCoreOption {
  const inTime = [...invoices].sort((one, other) => one.InvoiceDate.localeCompare(other.InvoiceDate));
  let sum = 0;
  const sums = inTime.map((it) => [it.InvoiceDate, (sum = Math.round((sum + it.Amount) * 1000) / 1000)]);
  return {
    grid: { left: 8, right: 8, top: 28, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "item", formatter: ({ seriesName, value }: { seriesName: string; value: [string, number, string?] }) => `${businessTime(value[0])}  ${value[2] ?? ""}\n${seriesName} ${money(value[1])}` },
    xAxis: { type: "time", splitLine: { show: false } },
    yAxis: [{ type: "value" }, { type: "value", splitLine: { show: false } }],
    series: [
      { name: "Invoice", type: "bar", barMaxWidth: 12, barMinWidth: 4, data: inTime.map((it) => [it.InvoiceDate, it.Amount, it.InvoiceNo]) },
      { name: "Sum so far", type: "line", step: "end", yAxisIndex: 1, symbol: "none", lineStyle: { width: 1.5 }, data: sums },
    ],
  };
}

function Invoices({ invoices }: { invoices: Summary[] }) {
  const amount = moneyLike(invoices.map((it) => it.Amount));
  return (
    <Sheet label="Invoices of the customer" rows={[invoices.length, "invoice"]}>
      <thead>
        <tr>
          <th scope="col">Invoice</th>
          <th scope="col">Date</th>
          <th scope="col">Country</th>
          <th scope="col" class="num">Lines</th>
          <th scope="col" class="num">Units</th>
          <th scope="col" class="num">Amount</th>
        </tr>
      </thead>
      <tbody>
        {invoices.map((it) => (
          <tr key={it.InvoiceNo}>
            <td>
              <a href={to("explorer", ["invoice", it.InvoiceNo])}>{it.InvoiceNo}</a> {isCancellation(it.InvoiceNo) && <span class="tag warn">cancellation</span>}
            </td>
            <td class="whole">{businessTime(it.InvoiceDate)}</td>
            <td>{it.Country}</td>
            <td class="num">{count(it.Lines)}</td>
            <td class="num">{count(it.Units)}</td>
            <td class={it.Amount < 0 ? "num bad" : "num"}>{amount(it.Amount)}</td>
          </tr>
        ))}
      </tbody>
    </Sheet>
  );
}
