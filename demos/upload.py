"""Upload: a large file in pieces, how fast it goes, and what has arrived."""

import hashlib
from typing import Annotated

from fastapi import UploadFile

from reactor import Child, Component, MaxSize, Page, action, effects, nonce
from reactor import html as h

from .layout import demo
from .site import assets, ui

PIECE = 1_000_000


class Uploader(Component):
    @action
    def upload(self, file: Annotated[UploadFile, MaxSize(1_000_000_000)]) -> dict[str, str | int]:
        digest = hashlib.sha256()
        while piece := file.file.read(PIECE):
            digest.update(piece)
        return {"name": file.filename or "", "bytes": file.size or 0, "sha256": digest.hexdigest()}

    def render(self) -> Child:
        pending, paused = self.upload.pending, self.upload.paused
        done = 100 if self.upload.result else 0
        return h.section(class_="panel")[
            h.form(class_="stack", action=self.upload)[
                h.div(class_="drop field", data_drop=True)[
                    cloud(),
                    h.label(for_="file")["File"],
                    h.input(self.upload.field("file"), id="file", type="file", required=True),
                    h.p(class_="hint")["Choose one, or drop it here: up to 1 GB. Nothing of it is kept."],
                    self.upload.error("file"),
                ],
                h.div(class_={"sent": True, "paused": paused})[
                    h.progress(max=100, value=pending.then(self.upload.progress, done), aria_label="Sent"),
                    h.span(aria_hidden=True)[pending.then([self.upload.progress, " %"], f"{done} %")],
                    h.p(class_="pace", hook="Pace"),
                ],
                h.div(class_="buttons")[
                    h.button(class_="primary spins")[
                        pending.then(paused.then("Paused", "Uploading…"), "Upload")
                    ],
                    h.button(type="button", hidden=pending.then(None, True), on_click=effects.toggle_pause())[
                        paused.then("Resume", "Pause")
                    ],
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


def cloud() -> Child:
    return h.svg(viewBox="0 0 24 24", aria_hidden="true")[
        h.path(d="M7 18a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.55 1.5A3.75 3.75 0 0 1 17.25 18"),
        h.path(d="M12 20v-8m-3 3 3-3 3 3"),
    ]


@ui.page("/upload", title="Upload")
async def upload() -> Page:
    return Page(
        demo("upload", Uploader()), head=[h.script(type="module", src=assets("pace.js"), nonce=nonce())]
    )
