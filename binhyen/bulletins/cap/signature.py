"""XML signatures (enveloped, RSA with SHA-256) of CAP messages and their feed; checked on foreign messages."""

import datetime as dt
from collections.abc import Sequence

from binhyen.bulletins.cap.reader import CapUnreadable

_METHOD, _DIGEST = "rsa-sha256", "sha256"
_CANONICAL = "http://www.w3.org/2001/10/xml-exc-c14n#"


def sign_document(text: str, *, key: bytes, certificate: str) -> bytes:
    """Return an XML document of our own with a signature as the last child of its root."""
    from lxml import etree
    from signxml.algorithms import SignatureConstructionMethod
    from signxml.signer import XMLSigner

    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=_METHOD,
        digest_algorithm=_DIGEST,
        c14n_algorithm=_CANONICAL,
    )
    # nosemgrep: xml-from-outside  our own document
    root = signer.sign(etree.fromstring(text.encode()), key=key, cert=certificate)
    # nosemgrep: xml-from-outside  only written
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def verify_document(data: bytes, *, certificates: Sequence[str], now: dt.datetime) -> bytes:
    """Return the part of a document that one of the certificates' owners signed. Raises CapUnreadable.

    Only this part may be used: the rest of the document could come from anybody. Call it after the reader accepted the
    document, which refuses a document type.
    """
    from lxml import etree
    from signxml.exceptions import SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    for certificate in certificates:
        expected = SignatureConfiguration(location="./", verification_time=now)
        try:
            result = XMLVerifier().verify(data, x509_cert=certificate, expect_config=expected)
        except (SignXMLException, ValueError):
            continue
        signed = result[0] if isinstance(result, list) else result
        if signed.signed_xml is not None:
            # nosemgrep: xml-from-outside  only written; the reader refused a document type before
            return bytes(etree.tostring(signed.signed_xml, encoding="utf-8"))
    raise CapUnreadable("SIGNATURE")
