"""The other side of local-chain.ts: a Python client of Substrate chains that uses the local chain as it would any other.

Standard input: {"url"}. Standard output: one line of JSON with what it read, paid and was refused.
"""

import json
import sys

try:
    from async_substrate_interface import SubstrateInterface
    from bittensor_wallet import Keypair
except ImportError:
    from substrateinterface import Keypair, SubstrateInterface

TOKEN = 10**9


def plain(answer):
    return getattr(answer, "value", answer)


def free(chain, address, block_hash=None):
    return plain(chain.query("System", "Account", [address], block_hash=block_hash))["data"]["free"]


def main(ask):
    chain = SubstrateInterface(url=ask["url"], ss58_format=42, type_registry={"types": {"Balance": "u64"}})
    alice, bob = (Keypair.create_from_uri(uri) for uri in ("//Alice", "//Bob"))
    before = chain.get_chain_head()
    call = chain.compose_call(
        "Balances", "transfer_keep_alive", {"dest": bob.ss58_address, "value": TOKEN}
    )
    extrinsic = chain.create_signed_extrinsic(call, alice, era={"period": 64})
    receipt = chain.submit_extrinsic(extrinsic, wait_for_finalization=True)
    stale = chain.create_signed_extrinsic(call, alice, nonce=0)
    try:
        chain.submit_extrinsic(stale, wait_for_finalization=True)
        refused = None
    except Exception as error:
        refused = str(error)

    headers = []

    def follow(header, *_):
        headers.append(plain(header["header"]["number"]))
        return "enough" if len(headers) == 3 else None

    chain.subscribe_block_headers(follow)
    nonce = chain.runtime_call("AccountNonceApi", "account_nonce", [alice.ss58_address])
    next_nonce = getattr(chain, "get_account_next_index", chain.get_account_nonce)
    answer = {
        "chain": chain.chain,
        "genesis": chain.get_block_hash(0),
        "tempo": {str(plain(key)): plain(value) for key, value in chain.query_map("SubtensorModule", "Tempo")},
        "success": receipt.is_success,
        "fee": receipt.total_fee_amount,
        "events": [
            f"{plain(event)['event']['module_id']}.{plain(event)['event']['event_id']}"
            for event in receipt.triggered_events
        ],
        "extrinsics": len(chain.get_block(receipt.block_hash)["extrinsics"]),
        "received": free(chain, bob.ss58_address, receipt.block_hash) - free(chain, bob.ss58_address, before),
        "refused": refused,
        "headers": headers,
        "nonces": [plain(nonce), next_nonce(alice.ss58_address)],
    }
    chain.close()
    return answer


print(json.dumps(main(json.load(sys.stdin))))
