"""Certificate renewal that is proved at the socket: by certbot, by any ACME server, or with files given."""

from __future__ import annotations

from opsconsole.recipes.certificate_renewal.recipe import CertificateRenewal

RECIPE = CertificateRenewal()
