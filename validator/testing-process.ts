/**
 * A validator as a process of its own, for tests that kill it: tells every event to its parent, and runs until it is
 * killed or its parent goes.
 * @module
 */
import { pino } from "pino";
import { connectSubtensor } from "../chain/subtensor/connect.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { openJournal } from "./journal.ts";
import { NETUID, ruleModel } from "./testing.ts";
import { startValidator } from "./validator.ts";

const [url = "", lockDir = "", journalPath = ""] = process.argv.slice(2);
process.once("disconnect", () => process.exit());
await startValidator(
  { netuid: NETUID, lockDir, budgetMs: 5_000, jobIntervalMs: 0 },
  {
    chain: await connectSubtensor(url),
    signer: devSigner("//Validator"),
    models: [ruleModel()],
    journal: await openJournal(journalPath),
    log: pino({ level: "silent" }),
    onEvent: (event) => process.send?.(event),
  },
);
