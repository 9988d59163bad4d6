"""Who vouches for the double: an authority of its own, and its certificate. Made once in a process."""

import base64
import secrets
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "messageverificationcerts.sandbox.paypal.com"
LASTS = timedelta(days=3650)


@dataclass(frozen=True)
class Signer:
    """`pem` is what is served of its certificate; `root` the authority's."""

    name: str
    key: rsa.RSAPrivateKey
    pem: bytes
    root: bytes

    def sign(self, id_: str, time: str, webhook_id: str, body: bytes) -> str:
        text = f"{id_}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()
        return base64.b64encode(self.key.sign(text, PKCS1v15(), SHA256())).decode()

    def is_ours(self, mark: dict[str, str], webhook_id: str, body: bytes) -> bool:
        text = f"{mark['id']}|{mark['time']}|{webhook_id}|{zlib.crc32(body)}".encode()
        try:
            signature = base64.b64decode(mark["sig"])
            self.key.public_key().verify(signature, text, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=1)
def signer() -> Signer:
    """That of this process."""
    return make_signer()


def make_signer(
    host: str = HOST, begins: datetime | None = None, lasts: timedelta = LASTS
) -> Signer:
    """An authority and its one certificate, for `host`. Tests make wrong ones of it, too."""
    begins = begins or datetime.now(UTC) - timedelta(days=400)  # noqa: TID251 - no clock that can be moved
    root_key, key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    root_name, name = named("Sandbox authority"), named(host)
    root = (
        builder(root_name, root_name, begins, lasts)
        .public_key(root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, SHA256())
    )
    leaf = (
        builder(name, root_name, begins, lasts)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, SHA256())
    )
    return Signer(
        f"CERT-{secrets.token_hex(8)}",
        key,
        leaf.public_bytes(Encoding.PEM),
        root.public_bytes(Encoding.PEM),
    )


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(
    name: x509.Name, issuer: x509.Name, begins: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(name).issuer_name(issuer)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(begins).not_valid_after(begins + lasts)


def usage(*, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
