"""Indirect complaints about police in many voices, and ordinary messages that mention police. Made up by one author
before reading the rules; the rules were fitted on SEEN, of PUT_ASIDE only numbers were looked at."""

SEEN = """
thưa các bác, tôi nộp phạt 2 triệu mà không được cái biên lai nào, hỏi thì bị quát
thôi nói làm chi, tiếng dân như tiếng dế, các ông bao che cho nhau cả
cùng một lỗi mà xe tui bị giữ, xe thằng cháu đồng chí phó thì được dắt về, hay thiệt
Mấy ông áo xanh chộ nhà giàu thì chào hỏi, chộ nhà nghèo thì hạch sách đủ điều
Biên bản ghi tôi đi ngược chiều, tôi đi đúng chiều, xin xem camera thì bảo hỏng
dân đen thì phạt liền, con cháu cán bộ thì nhắc nhở, công bằng ghê
có đồng chí quay phim lúc em tắm rồi bảo là đi kiểm tra phòng trọ
ong nha toi bi goi len tu sang toi toi khong cho an uong gi, ve nha tay chan bam tim
em sợ lắm, anh mặc sắc phục hôm trước cứ nhắn tin rủ em đi uống nước, không đi thì bảo hồ sơ chưa xong
hôm nay lại bị vẫy vào, tờ màu xanh kẹp trong đăng ký là xong, thời buổi
anh Hùng bên công an xã dạo này hay qua nhà bà góa xóm tôi lúc nửa đêm, làng nước bàn tán lắm
Xe chở cát chạy rầm rầm ban đêm, mấy ông đứng chốt quay mặt đi chỗ khác, chắc có chi rồi
Cứ hôm nào sắp kiểm tra là quán nớ đóng cửa trước một tiếng, ai báo cho họ hè?
mi nói nhỏ thôi kẻo ông trung úy nớ nghe, ông thù ai là nhà nớ khổ
Vợ anh nớ bán bảo hiểm, ai lên làm giấy cũng được mời mua, không mua thì hồ sơ lâu lắm
Từ khi cậu nớ về phụ trách xóm, nhà mô muốn sửa nhà cũng phải lo bữa nhậu
Ông cán bộ nớ nói với cả xóm chuyện vợ tui đi báo bị chồng đánh, chừ mẹ con tui không dám ra đường
bữa qua tôi lên làm giấy, phải có cái phong bì kẹp ở trỏng thì mới xong trong buổi
xin đừng đăng tên tôi. Anh ấy là công an nhưng anh ấy đánh vợ, chị ấy không dám kêu ai vì toàn đồng đội anh ấy
bọn tôi bị dọa nếu còn thưa kiện nữa thì cho đi trại, người dọa mang quân hàm hẳn hoi
người nhà cán bộ thì đua xe cũng là đi chậm
toi la thuong binh, len tru so ngoi 3 tieng khong ai them hoi, may co may cau ngoi bam dien thoai
răng vụ tông xe nhà tui thì bảo dân sự, vụ nhà bà chủ tịch thì khởi tố liền rứa các bác
nhà ông ấy ở mặt đường lấn hết vỉa hè, có ai dám đo đâu, quan mà
Nhờ các chú nói giùm với anh công an viên thôn tui trả lại cái điện thoại, anh giữ ba tháng rồi mà không có giấy tờ chi
Lúc đánh nhau thì chúng nó gọi điện cho anh nó ở đồn, mười phút sau tôi là nạn nhân lại thành người bị còng
Ai đời nạn nhân tới trình báo mà bị hỏi: mặc vậy đi đêm thì kêu ai
Quán karaoke đầu làng mở tới 2 giờ sáng không ai hỏi, nghe nói anh rể của anh T bên trên trụ sở
Sòng bạc nhà lão Bính ai cũng biết, chỉ có mấy chú ngoài xã là không biết thôi hihi
Vụ nhà tôi mất trộm một năm rồi, mỗi lần hỏi các anh đều nói đang xác minh, xác minh tới khi tôi chết chắc
""".strip().splitlines()

PUT_ASIDE = """
Tui già rồi, đi ba bận lên làm cái căn cước, bận mô cũng nói máy hỏng, mà đứa cháu ông phó tới là làm được liền
Chú ơi cho con hỏi, mấy chú mặc đồ xanh có được chửi má con là đồ ngu không
muốn nhanh thì phải biết điều, người ta nói với tôi ngay ở bàn tiếp dân như thế đấy
tui bao may lan ve cai lo vat lieu no nay, cac anh xuong uong nuoc che roi ve, lo van do lua
Trực ban mà cửa khóa im ỉm, bà cụ đập cửa nửa tiếng, hàng xóm nói các anh đi ăn giỗ
đám cưới con sếp mà bắt mấy quán trong chợ đi phong bì, không đi là mai có người tới hỏi giấy phép
nop don tu thang 3 toi chu ma cu bao doi, doi toi khi mo nua day cac chu oi
Thằng lái xe ủi tông chết chó nhà tui, gọi mấy ông thì hóa ra xe của em trai sếp, rứa là hòa cả làng
Đồng chí nớ uống rượu đỏ mặt mà vẫn ngồi tiếp dân buổi chiều, dân hỏi thì gắt như mắm tôm
Lần trước tôi ký vào tờ giấy trắng, họ bảo ký đi rồi về, giờ tờ giấy ấy thành lời khai
Có người báo chỗ bán ma túy chiều thì tối bọn nó đã biết ai báo, răng mà hay rứa hè
Thằng em họ ông trưởng mở tiệm cầm đồ, xe trộm vô đó hết mà kiểm tra mô thấy
Dạ con mẹ bán rau, ngày mô các anh đi dẹp chợ cũng lấy của con mấy bó, con không dám kêu
Gửi phản ánh ở đây rồi cũng về tay chính người đó thôi, gửi làm gì
Bọn cho vay nặng lãi đi chung bàn nhậu với sếp thì ai dám tố
anh cảnh sát khu vực nhà em tháng nào cũng ghé quán, uống xong không trả tiền, em không dám nói
Con ông trưởng đồn đánh con tui gãy răng mà nỏ ai lập biên bản chi cả
Chơi với sếp T thì chuyện chi cũng êm, cả huyện ai nỏ biết
Tiền đóng góp an ninh mỗi hộ 200 nghìn, thu xong chẳng thấy công khai, hỏi anh phụ trách thì anh bảo hỏi nhiều làm gì
chau bi tat may cai trong phong lam viec, chau moi 15 tuoi, me chau khong dam len hoi
Đường dây nóng chi mà lạnh ngắt, tối qua đánh nhau gọi hoài không ai tới
Hôm tê anh giao thông chặn xe mẹ em, nói đưa hai trăm thì đi, không thì giam xe
Hỏi thật có phải quen biết thì mới nhập được hộ khẩu không, nhà tôi nộp từ tết
sếp mô ở xã mình dạo ni xây nhà ba tầng, lương nớ răng mà xây nổi hè
Tui nói chú công an là tui mất trâu, chú cười bảo về coi lại chuồng đi rồi nỏ ghi chi
Hàng thu giữ của tui 40 cây thuốc, biên bản ghi 25 cây. Còn 15 cây đi mô?
cha toi chet trong phong tam giu ma chi bao la tu nga, nha toi khong tin
Ngày xưa công an là bạn dân, chừ gặp dân cứ như gặp tội phạm, mặt hằm hằm
không biết mấy anh ấy ăn lương của ai mà gọi mười cuộc không ai bắt máy
bao nhieu don gui len deu roi vao im lang, hay la ben kia da lo lot het roi
""".strip().splitlines()

ORDINARY_SEEN = """
Ngày mô công an xã xuống thôn làm VNeID cho người già rứa
Đã báo công an xã lúc 7h, các anh đang lập biên bản, bà con yên tâm
Có người gọi tự xưng cán bộ công an xã bảo cập nhật VNeID qua đường link
Mấy chú ơi, chiều ni có chốt ở ngã ba Thình Thình không, để con nhắc ba đội mũ
Con trai tôi muốn thi vào trường công an thì nộp hồ sơ ở đâu
Các anh có nhận đồ cũ ủng hộ bà con vùng lũ không
Hôm nọ tôi có nộp đơn xin xác nhận cư trú, cho hỏi bao giờ lấy được
Bạn em mời em đầu tư, nói có anh em công an bảo kê, em nghi lừa
Công an bắt được thằng trộm trâu rồi, cả xóm mừng
ông nội cháu trước làm công an xã, nay mất, cháu hỏi chế độ mai táng
Xóm tui mất điện, công an có biết bao giờ có lại không
Nó nói nó quen công an nên không sợ ai, nó đòi đốt nhà tôi
Hôm trước tôi hiểu nhầm anh công an, nay xin lỗi anh nhé
Cháu muốn viết bài về các chú cảnh sát cho báo tường, cho cháu xin ảnh
Cho em hỏi anh công an phụ trách xóm Đông Hà tên chi ạ
Ông hàng xóm lấn đất nhà tôi, tôi nhờ công an xuống hòa giải
Lên trụ sở gặp đồng chí nào để xin xác nhận lý lịch
Ba em là công an về hưu, giờ muốn làm lại thẻ bảo hiểm thì hỏi ai
chong toi danh toi hoai, toi muon gap chu cong an nao noi chuyen kin
Anh trai em lấy xe của em đi cầm đồ không trả, em trình báo được không
Chủ tịch xã nhận tiền đất của dân, tôi tố cáo thì gửi công an được không
Con ông trưởng thôn phóng xe nhanh quá, nhờ các chú nhắc
Tôi làm bảo vệ, tối thấy nhóm lạ rình kho, báo các anh biết
các anh ơi cứu với, có đứa cầm dao chặn trước cửa nhà em
Sao chưa thấy lịch làm căn cước lưu động vậy các chú
nhà em ở gần đồn nên yên tâm lắm
cho toi xin so dien thoai truc ban cong an xa voi
Trộm vào nhà cụ Lý lấy 20 triệu, cụ chưa dám báo vì sợ phiền mấy chú
Cháu tôi đang bị tạm giữ, gia đình muốn gửi áo ấm thì gặp ai
xin hỏi thời gian cấp căn cước mất bao nhiêu ngày làm việc
Mấy ông thần uống rượu rồi phóng xe ầm ầm, gặp công an là chạy
Đề nghị công an xử lý nghiêm bọn cho vay nặng lãi dán tờ rơi khắp cột điện
Xe ben chạy làm rơi đất đầy đường, mong giao thông xử lý
hôm qua mấy anh giao thông dừng xe tôi rất lịch sự, giải thích rõ ràng, tôi nộp phạt vui vẻ
Người ta đồn bắt cóc trẻ em ở xã bên, có thiệt không các chú
Nhờ mấy chú tìm giúp con chó nhà em lạc từ hôm qua
Cậu em tôi mới đi nghĩa vụ công an về, xin hỏi thủ tục nhập lại hộ khẩu
Tiền nộp phạt chuyển vô tài khoản kho bạc số mấy vậy anh
Con tôi sợ công an lắm, ai nói tới công an là khóc nhè hihi
Mấy chú ơi cái biển báo ở ngã ba bị gãy rồi
bác tổ trưởng an ninh thôn em nhiệt tình ghê, đêm mô cũng đi tuần
Hôm nay lên làm hộ khẩu có 15 phút là xong, cảm ơn các đồng chí
Có thằng mặc áo công an giả đi thu tiền từng nhà ở xóm 5, bà con coi chừng
Sáng nay mấy anh đi tặng quà cho cụ Thìn, cụ khóc vì vui
Nộp phạt vi phạm giao thông qua cổng dịch vụ công răng anh
cho hỏi trụ sở công an xã mới nằm ở mô rứa các chú
Em gái tôi bị bạn trai cũ dọa tung ảnh, báo công an thì có kín không
Tai nạn chết người ở khúc cua, mong ngành chức năng cắm biển
Các chú cho hỏi nộp pháo tự chế ở đâu, nhà cháu có mấy quả
Tôi muốn rút đơn, hai nhà hòa giải rồi, cảm ơn mấy anh
ai mất con thì lên công an phường Thành Sen nhận, bé trai khoảng 4 tuổi
Chú Hải công an ơi, con cám ơn chú bữa trước cho con đi nhờ
Xã mình có ai mất con bò vàng không, đang ở nhà anh công an viên
Thằng con tôi hư quá, nhờ các chú răn đe giúp
Nhà em vừa bị trộm cạy cửa lấy mất con xe Wave, nhờ mấy chú xuống giúp
Sắp tết rồi, mong công an kiểm tra mấy chỗ bán pháo lậu
các đồng chí xử lý nhanh lắm, gọi 10 phút đã tới
có thằng nợ tôi 100 triệu trốn rồi, tôi làm đơn gửi công an xã hay huyện cũ
cháu gái tôi đi lạc được anh công an dắt về tận nhà, gia đình đội ơn lắm
Xe tải đậu lấn đường trước trường học, nhờ các chú nhắc nhở
""".strip().splitlines()

ORDINARY_PUT_ASIDE = """
me toi gui loi cam on chu cong an da dua me toi ve nha khi di lac
Đội giao thông đứng ở cầu Bến Thủy làm việc tới mấy giờ để em qua đổi giấy
Em ở Bình Dương, muốn cắt hộ khẩu thì gọi anh nào
Em mất điện thoại ở bến xe, em trình báo ở đây được không ạ
Tai nạn ở ngã tư Hạ Vàng, đã có mặt mấy anh giao thông phân luồng rồi
Tôi tố cáo ông Lâm buôn gỗ lậu, xin giữ kín cho tôi
Bà con đi qua chốt nhớ giảm tốc, các anh đang bắn tốc độ
Thầy giáo đánh con tôi tím tay, tôi phải báo công an hay phòng giáo dục
Xe em bị phạt nguội nhưng hôm đó em cho bạn mượn, giờ làm thế nào
mấy chú công an cho con hỏi mất giấy khai sinh thì làm lại răng
Nhà sếp tôi bị mất trộm két sắt, sếp nhờ tôi báo các anh
hom qua toi trinh bao mat xe, nay nho them anh chup bien so gui cac anh
có người xưng công an gọi bảo tôi liên quan đường dây rửa tiền, yêu cầu chuyển 50 triệu
Tối qua có hai nhóm thanh niên đánh nhau ở cầu Phủ, mấy anh xuống xem giúp
Đám cưới nhà em dựng rạp ra lề đường, cần xin phép công an không ạ
Bị mất cà vẹt xe, công an xã có làm lại được không hay lên tỉnh
chồng em say rượu chửi cả công an, mong các anh bỏ qua
Nộp lại khẩu súng hơi thì có bị phạt không mấy chú
Người lạ tới xóm bán thuốc nam nói được công an cho phép, có thật không
Bé nhà em mê công an lắm, cứ chộ xe cảnh sát là vẫy tay
Đơn của tôi các chú nhận rồi, tôi cảm ơn và chờ kết quả
dạ các anh công an vất vả quá, bão lũ thế mà vẫn đi từng nhà
sếp em bên công ty nợ lương 3 tháng, công an có giải quyết không
bị công an dừng xe mà quên mang bằng lái thì phạt bao nhiêu vậy mọi người
Tội phạm bây giờ tinh vi, cảm ơn công an cảnh báo thường xuyên
nho cong an noi giup, nha ben canh dot rac khoi vo nha con nho
Cán bộ ngân hàng bảo phải có xác nhận của công an mới mở lại tài khoản
Giấy phép lái xe bị giữ ở đội giao thông, em lên lấy thì mang giấy tờ chi
mấy chú công an dạy bơi cho bọn nhỏ hè ni nữa không
Tôi muốn đăng ký tạm trú cho người thuê trọ thì nộp cho công an hay ủy ban
Có ông nớ say rượu nằm giữa đường, nhờ mấy chú xuống kẻo xe cán
Vợ chồng ông Tư cãi nhau, mấy chú tới khuyên là êm rồi
có ai biết chốt kiểm tra nồng độ cồn ở đường 26/3 còn không
Thấy mấy anh bắt xe quá tải, dân tụi tui ủng hộ
Nhặt được cái ví ở cổng chợ, tôi đã nộp cho anh công an trực rồi, ai mất thì lên nhận
Facebook tên Công an tỉnh Hà Tĩnh nhắn em nộp phí lấy lại tiền bị lừa, có phải thật không
Nhà trường mời các chú công an về nói chuyện phòng chống ma túy thứ hai tới
Làm căn cước cho cháu 6 tuổi thì cần giấy tờ chi rứa anh công an
Anh Nam công an xã nhiệt tình lắm, tối rồi vẫn hướng dẫn em cài định danh
có tin nhắn báo con em bị công an bắt, đòi chuyển tiền bảo lãnh, em nghi lừa đảo
Chị bán quán bị người lạ mặc đồ bộ đội lừa đặt 50 suất cơm
Bọn lừa đảo giả danh công an Hà Nội gọi cho mẹ tôi cả buổi, mẹ tôi sợ quá suýt chuyển tiền
Cảnh sát giao thông giả chặn xe ở đường tránh lấy tiền tài xế, đã báo 113
Lô đề hoành hành quá, mong công an dẹp cho dân nhờ
Kính nhờ công an nhắc mấy cháu đá bóng giữa đường
Trưởng thôn nói công an xã sẽ họp dân tối thứ sáu đúng không
kẻ gian giả giọng công an xã mời lên trụ sở qua zalo, số 0934 gì đó
Tôi báo mấy anh chỗ xóm trại có tụ tập đánh bạc sau nhà văn hóa
Cảm ơn các chú công an xã đã tìm lại xe cho cháu, cháu mừng lắm
cho hỏi trước cổng công an tỉnh gửi xe được không
Chúc mừng ngày truyền thống 19/8, chúc các đồng chí mạnh khỏe
em xin cảm ơn anh cảnh sát đã giúp em thay lốp xe ngoài quốc lộ
Hàng xóm tôi đánh con khóc suốt đêm, nhờ công an vào xem cháu có sao không
Xóm tui có nhà mở nhạc khuya quá, nhờ công an viên nhắc giúp
Nghe nói mai công an kiểm tra phòng trọ, em cần chuẩn bị giấy tờ gì
Các chú cho cháu hỏi mức phạt không đội mũ bảo hiểm bây giờ là bao nhiêu
Sáng mai công an xã có làm việc thứ bảy không ạ
mất trộm hoài, mong lắp thêm camera ở đầu xóm
Vừa có số lạ gọi nói là cảnh sát giao thông, bảo em bị phạt nguội bấm số 9 để nghe
Mong các anh tuần tra thêm ban đêm, dạo này trộm chó nhiều
""".strip().splitlines()
