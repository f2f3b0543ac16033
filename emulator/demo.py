"""The initial world of the emulator: the OA of Hà Tĩnh's police, a dozen citizens, one free group and 249 paid ones."""

from emulator.signing import generate_hex_id, generate_number_id, generate_opaque_token
from emulator.world import ACCESS_MS, DAY_MS, REFRESH_MS, Asset, Citizen, EmulatorAccount, TokenGrant, World

ACCOUNT = EmulatorAccount(
    app_id="360846524940903967",
    app_secret="emulator-app-secret",  # noqa: S106 an emulator has nothing to protect
    oa_id="388613280878808645",
    oa_secret_key="emulator-oa-secret-key",  # noqa: S106
    name="Công an tỉnh Hà Tĩnh",
    description="Zalo kết nối bình yên",
)
# name, follower, administers the OA
CITIZENS = (
    ("Quản trị OA", True, True),
    ("Nguyễn Thị Hoà", True, False),
    ("Trần Văn Đức", True, False),
    ("Lê Thị Lựu", True, False),
    ("Phan Đình Khôi", True, False),
    ("Võ Thị Ngọc Ánh", True, False),
    ("Hồ Sỹ Quyết", True, False),
    ("Bùi Thị Thuý", True, False),
    ("Dương Quốc Bảo", True, False),
    ("Đặng Hữu Nghĩa", False, False),
    ("Hoàng Thị Xuân", False, False),
    ("Cao Xuân Trường", True, False),
    ("Em Nguyễn Gia Hưng", True, False),
)
# The growth package holds one group of 100; every further one is bought.
FREE_ASSETS, PAID_ASSETS = 1, 249


def build_demo_world(now_ms: int, *, empty: bool = False) -> World:
    """Create a world; `empty`: the account, one administrator and the assets, but no other people."""
    world = World(account=EmulatorAccount(**{name: getattr(ACCOUNT, name) for name in EmulatorAccount.__slots__}))
    for name, follower, oa_admin in CITIZENS[: 1 if empty else None]:
        citizen = create_citizen(name, follower=follower, oa_admin=oa_admin)
        citizen.last_interaction_ms = now_ms if follower else 0
        world.citizens[citizen.user_id] = citizen
    for number in range(FREE_ASSETS + PAID_ASSETS):
        asset = add_asset(world, "gmf100", now_ms + 365 * DAY_MS)
        asset.quota_type = "sub_quota" if number < FREE_ASSETS else "purchase_quota"
    issue_grant(world, now_ms)
    return world


def create_citizen(name: str, *, follower: bool = False, oa_admin: bool = False) -> Citizen:
    return Citizen(generate_number_id(), generate_number_id(), name, follower=follower, oa_admin=oa_admin)


def add_asset(world: World, product_type: str, valid_until_ms: int) -> Asset:
    asset = Asset(generate_hex_id(), product_type, valid_until_ms)
    world.assets[asset.asset_id] = asset
    return asset


def issue_grant(world: World, now_ms: int) -> TokenGrant:
    """Create a new token pair."""
    grant = TokenGrant(
        generate_opaque_token(), generate_opaque_token(), now_ms, now_ms + ACCESS_MS, now_ms + REFRESH_MS
    )
    world.grants.append(grant)
    return grant
