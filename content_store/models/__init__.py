"""The data model: one file per aggregate, one metadata."""

from content_store.models.base import Base
from content_store.models.content import (
    BLOCK_CHANGES,
    Block,
    BlockMode,
    BlockStatus,
    BlockVector,
    BlockVersion,
    Brief,
    TemplateVersion,
)
from content_store.models.customers import Consent, Customer, QuarantinedRow, Source, SourceKind
from content_store.models.review import (
    REVIEW_CHANGES,
    Action,
    Candidate,
    Decision,
    Message,
    MessageVariant,
    Origin,
    ReviewStatus,
    Variant,
)
from content_store.models.runs import Run, RunStatus, Segment, Segmentation, SegmentSnapshot

__all__ = [
    "BLOCK_CHANGES",
    "REVIEW_CHANGES",
    "Action",
    "Base",
    "Block",
    "BlockMode",
    "BlockStatus",
    "BlockVector",
    "BlockVersion",
    "Brief",
    "Candidate",
    "Consent",
    "Customer",
    "Decision",
    "Message",
    "MessageVariant",
    "Origin",
    "QuarantinedRow",
    "ReviewStatus",
    "Run",
    "RunStatus",
    "Segment",
    "SegmentSnapshot",
    "Segmentation",
    "Source",
    "SourceKind",
    "TemplateVersion",
    "Variant",
]
