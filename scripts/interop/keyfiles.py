"""The other side of keyfiles.ts: one wallet of Bittensor's software, made or read.

Standard input: {"action", "path", "name", "hotkey", "password"?, "message"?}. Standard output: one line of JSON.
A refusal by the software is an answer here, {"refused": its type}, not an error.
"""

import ctypes
import json
import os
import sys

try:
    from bittensor.wallet import Wallet
    from bittensor.keyfiles import Keypair
except ImportError:
    from bittensor_wallet import Keypair, Wallet


def facts(keypair):
    return {"address": keypair.ss58_address, "cryptoType": getattr(keypair, "crypto_type", 1)}


def make(wallet, ask):
    wallet.create_new_coldkey(
        n_words=12, use_password=True, overwrite=False, suppress=True, coldkey_password=ask["password"]
    )
    wallet.create_new_hotkey(n_words=12, use_password=False, overwrite=False, suppress=True)
    return {"coldkey": facts(wallet.coldkeypub), "hotkey": facts(wallet.get_hotkey())}


def make_ed25519(wallet, ask):
    keypair = Keypair.create_from_mnemonic(Keypair.generate_mnemonic(12), 0)
    wallet.coldkey_file.set_keypair(keypair, encrypt=False, overwrite=False)
    return {"coldkey": facts(keypair)}


def read(wallet, ask):
    signed = bytes.fromhex(ask["message"])
    keys = {"coldkeypub": wallet.coldkeypub_file, "hotkey": wallet.hotkey_file}
    found = {name: facts(file.get_keypair()) for name, file in keys.items()}
    coldkey = wallet.coldkey_file.get_keypair(password=ask["password"])
    found["coldkey"] = {**facts(coldkey), "signature": bytes(coldkey.sign(signed)).hex()}
    return found


def read_coldkey(wallet, ask):
    return {"coldkey": facts(wallet.coldkey_file.get_keypair(password=ask.get("password")))}


def hide_password(wallet, ask):
    name = wallet.coldkey_file.env_var_name()
    wallet.coldkey_file.save_password_to_env(ask["password"])
    # Set below Python, which copied its environment when it began.
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    return {"name": name, "value": getenv(name.encode()).decode()}


ACTIONS = {
    "make": make,
    "makeEd25519": make_ed25519,
    "read": read,
    "readColdkey": read_coldkey,
    "hidePassword": hide_password,
}

# The software writes to standard output what people should see; the answer is the last line.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
ask = json.load(sys.stdin)
wallet = Wallet(name=ask["name"], hotkey=ask["hotkey"], path=ask["path"])
try:
    answer = ACTIONS[ask["action"]](wallet, ask)
except Exception as refusal:  # noqa: BLE001: each release has classes of its own
    answer = {"refused": type(refusal).__name__}
answers.write(json.dumps(answer) + "\n")
answers.flush()
