"""Deterministic synthetic touchpoints and deals as Parquet, in the shape of a CRM's: shuffled rows, heavy-tailed journeys.

usage: gen_touchpoints.py OUTDIR ROWS [--ids u64|str] [--seed 7]

touch_<ids>.parquet: deal_id (u64 hash or OPP-0000000001), partner_id (u32 or PTR-0000001), ts, kind, value_minor.
deals_<ids>.parquet: deal_id, amount_minor (cents), closed_ts, won (27%).
"""

import argparse
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

KINDS = [
    "referral", "intro_call", "demo", "webinar", "content_dl", "mdf_event",
    "poc", "technical_workshop", "proposal", "deal_registration", "co_sell_meeting", "marketplace_view",
]  # fmt: skip
PARTNERS = 100_000
CHUNK = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("rows", type=int)
    parser.add_argument("--ids", default="u64", choices=["u64", "str"])
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    text = args.ids == "str"
    deals = args.rows // 8
    rng = np.random.default_rng(args.seed)
    cdf = np.cumsum(rng.lognormal(0.0, 0.9, deals))
    cdf /= cdf[-1]
    start = 1_640_995_200_000_000 + rng.integers(0, 3 * 365 * 86400, deals).astype(np.int64) * 1_000_000
    span = (rng.gamma(2.0, 45 * 86400, deals) * 1e6).astype(np.int64) + 86_400_000_000
    amount = np.round(rng.lognormal(10.8, 1.2, deals) * 100).astype(np.int64)
    won = rng.random(deals) < 0.27
    ids = (np.arange(deals, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    deal_ids = pa.array([f"OPP-{i:010d}" for i in range(deals)]) if text else ids
    table = pa.table({"deal_id": deal_ids, "amount_minor": amount, "closed_ts": pa.array(start + span, pa.timestamp("us", "UTC")), "won": won})
    pq.write_table(table, f"{args.out}/deals_{args.ids}.parquet", compression="zstd")
    path, writer, left = f"{args.out}/touch_{args.ids}.parquet", None, args.rows
    while left > 0:
        n = min(left, CHUNK)
        left -= n
        deal = np.searchsorted(cdf, rng.random(n)).astype(np.int64)
        partner = np.minimum((rng.pareto(1.1, n) * 40).astype(np.int64), PARTNERS - 1).astype(np.uint32)
        ts = start[deal] + (rng.random(n) * span[deal]).astype(np.int64)
        kind = rng.integers(0, len(KINDS), n).astype(np.int8)
        value = rng.integers(0, 500_000, n).astype(np.int64)
        if text:
            deal_column = pa.array(np.char.add("OPP-", np.char.zfill(deal.astype("U10"), 10)))
            partner_column = pa.array(np.char.add("PTR-", np.char.zfill(partner.astype("U7"), 7)))
        else:
            deal_column, partner_column = pa.array(ids[deal]), pa.array(partner)
        chunk = pa.table({
            "deal_id": deal_column,
            "partner_id": partner_column,
            "ts": pa.array(ts, pa.timestamp("us", "UTC")),
            "kind": pa.DictionaryArray.from_arrays(pa.array(kind), pa.array(KINDS)),
            "value_minor": value,
        })  # fmt: skip
        if writer is None:
            writer = pq.ParquetWriter(path, chunk.schema, compression="zstd", use_dictionary=["partner_id", "kind"])
        writer.write_table(chunk, row_group_size=CHUNK)
    if writer is not None:
        writer.close()
    print(path, f"{os.path.getsize(path) / 1e6:.0f} MB,", args.rows, "touches of", deals, "deals")


if __name__ == "__main__":
    main()
