"""Columns of the CSV of cases and their Parquet types; exported files are in Vietnamese."""

CSV_HEAD = (
    "Mã",
    "Ngày tính",
    "Lúc nhận",
    "Lúc có cán bộ nhận",
    "Lúc xong",
    "Loại",
    "Lĩnh vực",
    "Diện",
    "Mức",
    "Trạng thái",
    "Kết quả",
    "Xã, phường",
    "Đơn vị",
)
CSV_TYPES = {"Ngày tính": "date", "Lúc nhận": "time", "Lúc có cán bộ nhận": "time", "Lúc xong": "time"}
