"""Upload: a file, how much of it was sent, and what has arrived."""

import hashlib
from typing import Annotated

from fastapi import UploadFile

from reactor import Child, Component, MaxSize, action
from reactor import html as h

from .layout import demo
from .site import ui

PIECE = 1_000_000


class Uploader(Component):
    @action
    async def upload(self, file: Annotated[UploadFile, MaxSize(90_000_000)]) -> dict[str, str | int]:
        digest, size = hashlib.sha256(), 0
        while piece := await file.read(PIECE):
            digest.update(piece)
            size += len(piece)
        return {"name": file.filename or "", "bytes": size, "sha256": digest.hexdigest()}

    def render(self) -> Child:
        pending, progress = self.upload.pending, self.upload.progress
        done = 100 if self.upload.result else 0
        return h.section(class_="panel")[
            h.form(class_="stack", action=self.upload)[
                h.div(class_="field")[
                    h.label(for_="file")["File"],
                    h.input(self.upload.field("file"), class_="drop", id="file", type="file", required=True),
                    h.p(class_="hint")["Choose one, or drop it here: up to 90 MB. Nothing of it is kept."],
                    self.upload.error("file"),
                ],
                h.div(class_="sent")[
                    h.progress(max=100, value=pending.then(progress, done), aria_label="Sent"),
                    h.span(aria_hidden=True)[pending.then([progress, " %"], f"{done} %")],
                ],
                h.div(class_="buttons")[
                    h.button(class_="primary spins")[pending.then("Uploading…", "Upload")],
                ],
            ],
            h.output(class_="receipt", for_="file")[self.receipt()],
        ]

    def receipt(self) -> Child:
        arrived = self.upload.result
        return arrived and [
            h.strong[arrived["name"]],
            h.span[f"{arrived['bytes']} bytes"],
            h.code(title="SHA-256")[arrived["sha256"]],
        ]


@ui.page("/upload", title="Upload")
async def upload() -> Child:
    return demo("upload", Uploader())
