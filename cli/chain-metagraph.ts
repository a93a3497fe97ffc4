/**
 * `assay chain metagraph`: everybody in a subnet, as of the newest finalised block.
 * @module
 */
import type { Command } from "commander";
import type { Neuron } from "../chain/chain.ts";
import { connectChain, type SubnetOptions, withSubnetOptions } from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import { renderTable } from "./table.ts";
import { rounded } from "./tokens.ts";

export function metagraphCommand(): Command {
  const command = withSubnetOptions(
    newCommand("metagraph", "who is in a subnet, with stake, permits, pay and addresses"),
  ).addHelpText(
    "after",
    "\nExamples:\n  $ assay chain metagraph\n  $ assay chain metagraph --network finney --netuid 2 --json\n",
  );
  return onRun<SubnetOptions>(command, async (context, options) => {
    const chain = await connectChain(options, { context });
    try {
      const { netuid, block, neurons } = await chain.metagraph(options.netuid);
      const head = `subnet ${netuid} at block ${block}, ${neurons.length} of its seats taken`;
      const text = neurons.length === 0 ? head : `${head}\n\n${tableOf(neurons, block)}`;
      return { data: { netuid, block, neurons: neurons.map(plainNeuron) }, text };
    } finally {
      await chain.close();
    }
  });
}

function tableOf(neurons: readonly Neuron[], block: number): string {
  const number = (title: string, cell: (neuron: Neuron) => string) =>
    ({ title, align: "right", cell }) as const;
  return renderTable<Neuron>(
    [
      number("UID", ({ uid }) => `${uid}`),
      { title: "HOTKEY", cell: ({ hotkey }) => hotkey },
      number("STAKE", ({ stake }) => rounded(stake)),
      { title: "PERMIT", cell: ({ validatorPermit }) => (validatorPermit ? "yes" : "") },
      { title: "ACTIVE", cell: ({ active }) => (active ? "yes" : "") },
      number("INCENTIVE", ({ incentive }) => fraction(incentive)),
      number("DIVIDENDS", ({ dividends }) => fraction(dividends)),
      number("VTRUST", ({ validatorTrust }) => fraction(validatorTrust)),
      number("EMISSION", ({ emission }) => rounded(emission)),
      number("UPDATED", ({ lastUpdate }) => `${Math.max(block - lastUpdate, 0)}`),
      { title: "AXON", cell: ({ endpoint }) => addressOf(endpoint) },
    ],
    neurons,
  );
}

/** For scripts: fractions as the chain has them, u16; amounts in rao; an absent address is null. */
export function plainNeuron({ endpoint, ...neuron }: Neuron): Record<string, unknown> {
  return { ...neuron, endpoint: endpoint ?? null };
}

export function addressOf(endpoint: Neuron["endpoint"]): string {
  if (endpoint === undefined) return "";
  const { ip, port } = endpoint;
  return `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

function fraction(u16: number): string {
  return (u16 / 65_535).toFixed(4);
}
