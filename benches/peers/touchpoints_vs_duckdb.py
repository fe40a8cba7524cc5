"""20M touches, 2.5M deals: Parquet -> won deals -> first, last, linear, position, decay; cosell against DuckDB in one run.

usage: touchpoints_vs_duckdb.py DATA_DIR [--ids u64|str] [--threads 2] [--reps 3]

DATA_DIR holds the files of gen_touchpoints.py. Each engine runs in a process of its own, in turns, so that memory is its
own and a noisy machine hits both; the ratio is that of the medians. DuckDB does all five models in one pass over one
window. Prints one JSON line per engine and one with the ratio, the memory over the frame and the digests of the results.
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time

HALF_LIFE_DAYS = 30
MODELS = [("first_touch", {}), ("last_touch", {}), ("linear", {}), ("position_based", {}), ("time_decay", {"half_life_days": HALF_LIFE_DAYS})]


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_duckdb(touches: str, deals: str, threads: int, how: str) -> dict[str, object]:
    import duckdb

    con = duckdb.connect()
    con.execute(f"set threads={threads}")
    con.execute("set preserve_insertion_order=false")
    micros = HALF_LIFE_DAYS * 86400e6
    joined = f"select t.deal_id, t.partner_id, t.ts, d.amount_minor amt from '{touches}' t join '{deals}' d using(deal_id) where d.won"
    query = f"""
      with w as (select partner_id, amt, deal_id, row_number() over(partition by deal_id order by ts, partner_id) r,
          count(*) over(partition by deal_id) n,
          pow(2, -(max(epoch_us(ts)) over(partition by deal_id) - epoch_us(ts)) / {micros}) wgt from ({joined})),
        y as (select *, sum(wgt) over(partition by deal_id) s from w)
      select partner_id, sum(amt * wgt / s) c, sum(case when r = 1 then amt else 0 end) f,
        sum(case when r = n then amt else 0 end) l, sum(amt * 1.0::double / n) li,
        sum(amt * (case when n = 1 then 1.0::double when n = 2 then 0.5 when r = 1 or r = n then 0.4 else 0.2 / (n - 2) end)) po
      from y group by 1"""
    begin, before = time.perf_counter(), cpu()
    # Every column is used, or the planner drops it.
    row = con.execute(f"select count(*), sum(c), sum(f), sum(l), sum(li), sum(po) from ({query})").fetchone()
    return {"wall": time.perf_counter() - begin, "cpu": cpu() - before, "peak_mb": peak_mb(), "check": [float(x) for x in row]}


def run_cosell(touches: str, deals: str, threads: int, how: str) -> dict[str, object]:
    import cosell
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    cosell.set_threads(threads)
    pa.set_cpu_count(threads)
    begin, before = time.perf_counter(), cpu()
    deals_read = pq.ParquetFile(deals, memory_map=True).read(columns=["deal_id", "amount_minor", "won"])
    won = deals_read.filter(deals_read["won"]).select(["deal_id", "amount_minor"])
    del deals_read
    columns = ["deal_id", "partner_id", "ts"]
    if how:
        frame = pq.read_table(touches, columns=columns, memory_map=True, pre_buffer=False)
        frame_mb = (frame.nbytes + won.nbytes) / 2**20
    else:
        # Batch by batch: the frame is never held as a whole, and batches that fit the cache reuse their memory.
        file = pq.ParquetFile(touches, memory_map=True)
        schema = pa.schema([file.schema_arrow.field(name) for name in columns])
        frame = pa.RecordBatchReader.from_batches(schema, file.iter_batches(batch_size=1 << 17, columns=columns))
        frame_mb = 0.0
    read = time.perf_counter() - begin
    if how == "shuffled":
        frame = frame.take(np.random.default_rng(3).permutation(len(frame)))
    if how.startswith("chunks="):
        size = int(how.split("=")[1])
        frame = pa.Table.from_batches(frame.combine_chunks().to_batches(max_chunksize=size))
    journeys = cosell.Journeys.from_touchpoints(
        frame, won, journey="deal_id", channel="partner_id", at="ts", value="amount_minor"
    )
    built = time.perf_counter() - begin
    credits = [journeys.attribute(name, **options) for name, options in MODELS]
    tables = [credit.totals for credit in credits]
    wall, used = time.perf_counter() - begin, cpu() - before
    digest = hashlib.sha256()
    for table in tables:
        batch = pa.table(table).combine_chunks()
        for column in batch.columns:
            for buffer in column.combine_chunks().buffers() if column.num_chunks != 1 else column.chunk(0).buffers():
                if buffer is not None:
                    digest.update(buffer)
    return {
        "wall": wall, "cpu": used, "read_s": round(read, 3), "built_s": round(built, 3), "peak_mb": peak_mb(), "frame_mb": frame_mb,
        "digest": digest.hexdigest()[:16], "check": [len(tables[0])] + [sum(t["value_minor"]) for t in tables],
    }  # fmt: skip


def child(engine: str, args: argparse.Namespace, threads: int, how: str = "") -> dict[str, object]:
    command = [sys.executable, __file__, args.data, "--ids", args.ids, "--threads", str(threads), "--engine", engine, "--how", how]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--ids", default="u64", choices=["u64", "str"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--engine", default="")
    parser.add_argument("--how", default="")
    args = parser.parse_args()
    touches, deals = f"{args.data}/touch_{args.ids}.parquet", f"{args.data}/deals_{args.ids}.parquet"
    if args.engine:
        os.environ["POLARS_MAX_THREADS"] = str(args.threads)
        engines = {"duckdb": run_duckdb, "cosell": run_cosell}
        print(json.dumps(engines[args.engine](touches, deals, args.threads, args.how)))
        return
    runs: dict[str, list[dict[str, object]]] = {"duckdb": [], "cosell": []}
    for _ in range(args.reps):
        for engine, results in runs.items():
            results.append(child(engine, args, args.threads))
    medians = {e: statistics.median(float(r["wall"]) for r in rs) for e, rs in runs.items()}  # type: ignore[arg-type]
    for engine, results in runs.items():
        print(engine, json.dumps({**results[-1], "walls": [round(float(r["wall"]), 3) for r in results]}))  # type: ignore[arg-type]
    hows = [(1, ""), (2, ""), (2, "frame"), (2, "shuffled"), (2, "chunks=1000"), (1, "chunks=777777"), (2, "chunks=99999999")]
    others = {f"{threads} threads {how}".strip(): child("cosell", args, threads, how) for threads, how in hows}
    digests = {name: run["digest"] for name, run in others.items()}
    held = others["2 threads frame"]
    print(json.dumps({
        "ids": args.ids,
        "wall_ratio": round(medians["cosell"] / medians["duckdb"], 3),
        "peak_mb_streamed": round(max(float(r["peak_mb"]) for r in runs["cosell"])),  # type: ignore[arg-type]
        "peak_over_frame_mb": round(float(held["peak_mb"]) - float(held["frame_mb"])),  # type: ignore[arg-type]
        "same_bytes": len(set(digests.values())) == 1,
        "digests": digests,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
