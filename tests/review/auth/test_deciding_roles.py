"""Roles that an approval rule may name are those that may decide: a rule on another would never be met."""

from __future__ import annotations

from typing import get_args

from content_store.approval_rules import DECIDING
from content_store.brand_folder import brand
from review.auth.permissions import ROLE_PERMISSIONS, Permission


def test_an_approval_rule_names_only_roles_that_may_decide() -> None:
    deciding = {role.value for role, allowed in ROLE_PERMISSIONS.items() if Permission.DECIDE in allowed}
    assert set(get_args(brand.Role)) == deciding == {role.value for role in DECIDING}
