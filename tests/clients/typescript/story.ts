// The main story, told by a client that was generated from the running service's /openapi.json.
import createClient from "openapi-fetch";
import type { components, paths } from "./byleave";

declare const process: { argv: string[] };

type Decisions = components["schemas"]["DecisionsIn"];
type Suggestions = components["schemas"]["RecommendationOut"];

const [url, key] = process.argv.slice(2) as [string, string];
const byleave = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
const anna = { path: { customer_id: "anna" } };

/** The answer, or an end of the story with what the service said. */
function told<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

function expect<T>(found: T, expected: T): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }
}

async function suggestions(): Promise<Suggestions> {
  return told(
    await byleave.GET("/v1/customers/{customer_id}/recommendations", {
      params: { ...anna, query: { limit: 1, locale: "zh-CN" } },
    }),
  );
}

for (const [product_id, title] of [["printer", "HP OfficeJet Pro 8600"], ["ink", "HP 950"]] as const) {
  const stored = told(
    await byleave.PUT("/v1/products/{product_id}", {
      params: { path: { product_id } },
      body: { title, price: { amount: "27.99", currency: "USD" } },
    }),
  );
  expect(stored.price?.amount, "27.99");
}
told(
  await byleave.PUT("/v1/products/{product_id}/fits", {
    params: { path: { product_id: "ink" } },
    body: { devices: ["printer"] },
  }),
);
const taken = told(
  await byleave.POST("/v1/events", {
    body: {
      events: [
        {
          id: "sale-1",
          type: "purchase",
          customer_id: "anna",
          product_id: "printer",
          occurred_at: "2026-03-03T10:00:00Z",
        },
      ],
    },
  }),
);
expect(taken.results[0]?.status, "held");
expect((await suggestions()).personalised, false);

const body: Decisions = { decisions: [{ decision: "given", purpose: "recommendations", data: ["purchases"] }] };
const call = { params: { ...anna, header: { "Idempotency-Key": crypto.randomUUID() } }, body };
const given = told(await byleave.POST("/v1/customers/{customer_id}/consents", call));
const again = told(await byleave.POST("/v1/customers/{customer_id}/consents", call));
expect(again, given);
const consent_id = given.consents[0]!.consent_id;

const personal = (await suggestions()).items[0]!;
expect(personal.kind === "product" && personal.product.id, "ink");
expect(personal.reason.code, "fits_device");
expect(personal.reason.text.includes("HP OfficeJet Pro 8600"), true);
expect(personal.reason.facts[0]?.consent, consent_id);

const withdrawn = told(
  await byleave.POST("/v1/customers/{customer_id}/consents/{consent_id}/withdraw", {
    params: { path: { customer_id: "anna", consent_id } },
  }),
);
expect(withdrawn.state, "withdrawn");
const after = await suggestions();
expect(after.personalised, false);
expect(after.items[0]?.reason.text.includes("OfficeJet Pro 8600"), false);
expect(
  after.data_not_used.find((one) => one.field === "purchases.product")?.because,
  "withdrawn" as const,
);

const { error } = await byleave.POST("/v1/customers/{customer_id}/consents", {
  params: anna,
  // @ts-expect-error: the document has the purposes that there are, so a wrong one does not compile.
  body: { decisions: [{ decision: "given", purpose: "advertising", data: ["purchases"] }] },
});
expect(error?.code, "unknown_purpose");
expect(error?.errors[0]?.path, "decisions.0.purpose");
console.log("gone");
