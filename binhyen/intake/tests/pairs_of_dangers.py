"""Pairs of reports some minutes apart, written before the rule that judges them: two dangers, or one reported twice.
Realistic messages; `{p}` is the place, mostly a hamlet, that both name."""

P = "ở TDP Phú Mậu, thị trấn Lộc Hà"

TWO = (
    ("Đánh nhau to {p}, hai bên cả chục người cầm gậy", "Con trai tôi lên cơn cầm dao chém bố {p}, cứu với"),
    (
        "Bọn choai choai vác mã tấu rượt nhau {p}",
        "Em bị người yêu cũ chặn đường bóp cổ {p}, hắn đang còn đứng ngoài cửa",
    ),
    ("Có hai người đánh nhau chảy máu {p}", "Bố dượng đang đánh đứa nhỏ tím tái {p}"),
    ("Thanh niên say cầm chai đâm người {p}", "Chủ nợ nhốt anh em trong nhà, đánh gãy tay rồi {p}"),
    ("chem nhau {p} cong an oi", "bo em dang say cam dao doi giet me em {p}, em chau moi 10 tuoi"),
    ("Đánh nhau trước cổng trường {p}, có đứa ngất", "Thằng nghiện kề dao vào cổ bà bán tạp hóa {p} đòi tiền"),
    ("Cháy đống rơm lan vào chuồng bò {p}", "Cháy nhà trọ bốn tầng {p}, sinh viên kẹt trên gác"),
    ("Chập điện cháy quán cà phê {p}, khói mù mịt", "Xe bồn chở xăng bốc cháy giữa đường {p}"),
    ("Cháy nhà bà Thìn {p}, bà còn trong nhà", "Cháy xưởng gỗ {p}, gió to lắm sắp lan sang nhà dân"),
    ("chay nha {p} cuu voi", "no binh ga {p} 2 nguoi bong nang"),
    ("Nhà ông Lợi {p} bốc cháy", "Kho pháo nhà ông Trọng {p} nổ, có người bị thương"),
    (
        "Tai nạn xe khách lật {p}, nhiều người kẹt trong xe",
        "Học sinh đi xe đạp điện bị ô tô đâm {p}, cháu nằm bất tỉnh",
    ),
    ("Xe container tông hai xe máy {p}, một người chết tại chỗ", "Máy cày lật đè lên người {p}"),
    ("tai nan {p} nguoi nam giua duong", "xe may tong vao cot dien {p} thanh nien gay chan mau nhieu"),
    ("Xe tải đâm vào nhà dân {p}, sập tường", "Xe máy rơi xuống mương {p}, người chìm dưới nước"),
    ("Hai xe máy tông nhau {p}, một chị bị thương nặng", "Tàu hỏa đâm xe máy {p}, người văng xuống ruộng"),
    ("Cháu trai 7 tuổi đi lạc {p}", "Mẹ em 75 tuổi lẫn đi khỏi nhà từ trưa {p}"),
    ("Con gái em 14 tuổi bỏ nhà đi {p}, để lại thư muốn chết", "Cháu bé 3 tuổi mất tích {p}, đang chơi trước sân"),
    ("Không thấy ông ngoại đâu {p}, ông 82 tuổi", "Vợ em bỏ đi từ sáng {p}, mang theo chai thuốc sâu"),
    ("chau gai 5 tuoi mat tich {p}", "chau trai 9 tuoi di hoc khong ve {p}"),
    ("Có người đuối nước dưới sông {p}", "Cháu bé ngã xuống giếng {p}, chưa kéo lên được"),
    ("Hai đứa nhỏ bị nước cuốn ở đập tràn {p}", "Thuyền cá lật ngoài cửa lạch {p}, ba người bám phao"),
    ("Nhảy cầu tự tử {p}, chưa vớt được", "Có người treo cổ trong vườn {p}, còn thở"),
    ("Em uống thuốc sâu rồi, em {p}", "Bạn em đang ngồi trên lan can tầng thượng {p} nói không muốn sống"),
    ("Dây điện rơi trúng người đi đường {p}", "Thợ xây bị điện giật trên giàn giáo {p}"),
    ("Sập giàn giáo {p}, hai người bị đè", "Sập giếng {p}, thợ đào còn ở dưới"),
    ("Sạt lở đất vùi một nhà {p}", "Nước lũ lên tới mái nhà em {p}, có bà già và hai đứa nhỏ"),
    ("Bò điên húc người {p}, một bà bị thương nặng", "Chó dữ cắn cháu bé rách mặt {p}"),
    ("Ong đốt ông nội em ngất xỉu ngoài rú {p}", "Rắn độc cắn chị em {p}, chân sưng đen rồi"),
    ("Cướp tiệm vàng {p}, nó có súng", "Có thanh niên cầm kiếm đập phá xe ngoài đường {p}"),
    ("Bọn nó bắn nhau bằng súng hoa cải {p}", "Chồng em cầm súng tự chế dọa bắn cả nhà {p}"),
    ("Nghe tiếng súng nổ hai phát {p}", "Có người tưới xăng đòi đốt nhà vợ {p}"),
    ("Bắt cóc trẻ con {p}, xe 7 chỗ màu đen chạy rồi", "Bé gái nhà bên bị nhốt đánh kêu khóc {p}"),
    ("Em bị hai thanh niên chặn xe cướp điện thoại, kề dao {p}", "Em bị thầy giáo giữ trong phòng không cho về {p}"),
    ("Ăn trộm vào nhà em, nó đang còn trong nhà cầm dao {p}", "Đám tang đang đánh nhau chém lộn {p}"),
    ("Ngộ độc rượu {p}, ba người co giật", "Cả nhà em bị ngạt khí than {p}, mẹ em không tỉnh"),
    ("Vợ em sắp sinh ra nhiều máu {p}, nước ngập không đi được", "Bố em đau ngực ngã gục {p}, gọi 115 không được"),
    ("Phát hiện xác người trôi {p}", "Phát hiện quả bom to bằng bắp chân trong vườn nhà em {p}"),
    ("Xe bồn ga xì mùi nồng nặc {p}", "Trẻ con bị khóa trong ô tô nắng {p}, cháu lả rồi"),
    ("Nhóm đòi nợ cầm tuýp sắt đập cửa nhà em {p}", "Anh trai em dùng dao bầu rạch tay đòi chết {p}"),
)
"""Two dangers in one hamlet."""

ONE = (
    # a place finer than a hamlet in both
    ("Đánh nhau ở quán Hải Xồm {p}, có đứa cầm dao", "chem nhau o quan hai xom kia, co nguoi om bung nam do, {p}"),
    ("Có ẩu đả trước cổng chợ Bình Lộc {p}", "thanh niên cầm tuýp sắt đánh nhau ở cổng chợ Bình Lộc, cứu với"),
    ("Cháy nhà trọ Hoa Sim {p}", "Nhà trọ Hoa Sim bốc cháy, khói đen kịt, người kẹt bên trong {p}"),
    ("Cháy lớn ở xưởng gỗ Thành Đạt {p}", "xuong go thanh dat dang chay to lam {p}"),
    (
        "Tai nạn ở ngã tư Bình Lộc, hai xe máy, có người nằm bất động",
        "Nga tu Binh Loc co tai nan, 2 xe may tong nhau, nguoi bi thuong nang",
    ),
    (
        "Xe tải đâm xe máy ở cầu Hộ Độ {p}, người nằm giữa cầu",
        "Cầu Hộ Độ có tai nạn, xe tải với xe máy, máu nhiều lắm {p}",
    ),
    ("Có người nhảy cầu Hộ Độ {p}", "trên cầu hộ độ có một chị nhảy xuống sông rồi, cứu với {p}"),
    ("Đuối nước ở đập Khe Lang {p}, một cháu", "Đập Khe Lang có trẻ chết đuối, dân đang mò {p}"),
    ("Nổ bình ga ở quán phở Lan {p}", "quán phở Lan nổ to lắm, có người bị bỏng {p}"),
    ("Cướp ở tiệm vàng Kim Liên {p}", "Tiệm vàng Kim Liên bị cướp, nó có súng {p}"),
    ("Nhà ông Sáu Thành {p} đang cháy", "Cháy nhà ông Sáu Thành rồi, lửa lên mái {p}"),
    ("Ông Tính {p} đánh vợ chảy máu đầu", "Nhà ông Tính vợ chồng đánh nhau, vợ kêu cứu {p}"),
    # no finer place
    ("Cháy nhà {p}, cháy to lắm", "Cháy to quá {p} công an ơi"),
    ("Có nhóm thanh niên cầm dao đánh nhau {p}", "Đánh nhau {p}, có người bị chém"),
    ("Thanh niên đuổi chém nhau {p}", "mấy thằng thanh niên cầm mã tấu chém nhau {p} nhanh lên"),
    ("Tai nạn xe khách lật {p}", "Xe khách lật {p}, nhiều người bị thương, kẹt trong xe"),
    ("Tai nạn giao thông {p}, người nằm giữa đường", "có tai nạn {p}, một người bất tỉnh"),
    ("Cháu gái 5 tuổi đi lạc {p}, mặc áo hồng", "Bé gái khoảng 5 tuổi áo hồng lạc {p}, ai thấy báo giúp"),
    ("Ông cụ 80 tuổi bị lẫn đi khỏi nhà {p}", "tìm ông cụ khoảng 80 tuổi lú lẫn, mất tích {p}"),
    ("Có người đuối nước {p}", "duoi nuoc {p}, dang vot"),
    ("Sạt lở đất {p}, vùi một nhà", "Đất đá sạt xuống {p}, có nhà bị vùi, còn người trong đó"),
    ("Dây điện đứt rơi xuống đường {p}, người bị giật", "Có người bị điện giật {p}, dây điện rơi"),
    ("Nghe tiếng súng nổ {p}", "có súng nổ {p}, hai phát"),
    ("Xe bồn chở xăng cháy {p}", "cháy xe bồn {p}, lửa cao lắm"),
    ("Bò điên húc người {p}", "con bò điên đang húc người {p}, bà con coi chừng"),
    ("Sập giàn giáo {p}, có người bị đè", "sap gian giao {p} 2 nguoi bi de"),
    ("Cháy rừng {p}, lửa đang lan", "rừng thông {p} cháy lớn, lửa sắp vào nhà dân"),
    ("Phát hiện xác người trôi {p}", "Có xác chết dưới sông {p}"),
    ("Ngộ độc ở đám cưới {p}, nhiều người nôn", "đám cưới {p} ngộ độc cả mâm, chở đi viện rồi"),
    ("Thằng say cầm dao đứng giữa đường {p}", "Có người say cầm dao chặn đường {p}"),
    # forwarded, word for word or nearly
    ("CHÁY NHÀ {p}, MỌI NGƯỜI ƠI CỨU VỚI", "Cháy nhà {p}, mọi người ơi cứu với"),
    (
        "Đang có đánh nhau bằng dao {p}, đề nghị công an đến ngay",
        "Đang có đánh nhau bằng dao {p}, đề nghị công an đến ngay ạ",
    ),
    (
        "Tai nạn nghiêm trọng {p}, xe tải cán xe máy, hai người chết",
        "tai nan nghiem trong {p}, xe tai can xe may, hai nguoi chet",
    ),
    ("Bắt cóc trẻ con {p}, xe 7 chỗ màu đen", "bắt cóc trẻ con {p} xe 7 chỗ màu đen, mọi người chú ý"),
    # a number in both
    ("Xe khách 38B-012.34 lật {p}, có người kẹt", "xe khach bien 38B 01234 nam duoi ruong, nguoi bi thuong nhieu"),
    ("Xe tải 38C-221.10 tông người bỏ chạy {p}", "truy xe 38C22110 vừa cán chết người {p}"),
    ("Bé gái 6 tuổi mất tích {p}, ai thấy gọi 0912 345 678", "Tìm bé gái 6 tuổi áo trắng, liên hệ 0912345678"),
    ("Cướp giật {p}, xe 38N1-123.45 chạy về hướng biển", "xe 38N1 12345 vừa cướp giật kéo lê người {p}"),
    ("Xe 7 chỗ 43A-556.77 bắt cháu bé {p}", "Xe 43A 55677 chở cháu bé đang khóc, chạy từ {p}"),
    ("Ô tô 30A-998.11 tông liên hoàn {p}, ba người bị thương", "xe 30A99811 tông liên tiếp nhiều xe máy {p}"),
)
"""One danger, told by two."""
