"""Where the published releases are, and what a test says that has none."""

import os


def official_releases():
    """The folder of the published releases, None where there is none:
    $CODESET_OFFICIAL_RELEASES, else what lies beside the project."""
    folder = os.environ.get("CODESET_OFFICIAL_RELEASES") or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "icd10cm",
        "releases")
    return os.path.normpath(folder) if os.path.isdir(folder) else None


def skipped():
    """The exit status of a test that has no published releases to read: 77 is skipped."""
    required = os.environ.get("CODESET_REQUIRE_OFFICIAL") == "1"
    print("the published releases are not here" + (", and are required" if required else ""))
    return 1 if required else 77
