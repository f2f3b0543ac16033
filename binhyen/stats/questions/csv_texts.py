"""Head of the CSV of cases; exported files are in Vietnamese."""

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
