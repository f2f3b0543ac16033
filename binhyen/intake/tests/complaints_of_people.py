"""Realistic complaints about police in Hà Tĩnh, and neutral mentions of police. Made up by one author with knowledge of
the rules, before they were fixed. Several messages are on one line, separated by two vertical bars. The rules were
fitted on SEEN and MORE; of PUT_ASIDE only numbers were looked at."""

SEEN = """
bựa qua mấy ôn ở xạ bắt thằng nhỏ nhà tui lên hỏi cung, về hắn nỏ đi nổi, ống chân tím bầm
anh Tuấn cảnh sát vả thằng em tui hai cấy giữa chợ
Chồng em bị mời lên xã tối qua, sáng nay về gãy hai cái xương sườn, giấy ra viện ghi tự ngã
thượng úy Hiếu đá xe ngã tui xuống mương rồi bỏ đi
đi làm cấy giấy tạm trú mà phải lót tay hai trăm ngàn nựa họ mới đóng dấu
Xe máy bị giữ, ra lấy thì mấy ổng nói uống nước ít thôi, 500
mấy chú đứng chốt cầu Cày chặn xe chở lợn mô cũng phải bỏ 100k vô túi
Tôi thấy sếp Long nhận bao thư của chủ mỏ cát ngay trong quán cà phê
muốn rút hồ sơ vụ va quẹt thì anh điều tra gợi ý 5 chai
ông trưởng công an bán xe tang vật cho cháu ổng
tui đi trình báo mất trâu mà anh trực nói về tìm cho kỹ đã rồi hẵng lên
Gọi 6 cuộc số trực ban xã không ai bắt máy, bọn hắn phá xong nhà em luôn rồi
họ không chịu ghi đơn của vợ em, nói chuyện vợ chồng tự về mà bảo ban nhau
lên xã 3 lần để làm định danh cho mẹ mà lần mô cũng kêu máy hỏng, người quen họ thì làm được
Trụ sở công an đóng cửa đi ăn giỗ hết từ 9h, dân ngồi chờ
vụ tai nạn của ba em đã 7 tháng chưa có kết luận, hỏi thì hẹn, hay là bên kia có tiền
anh công an phụ trách thôn em cả năm không thấy mặt
chiếc xe biển xanh 38A của xã phóng ẩu suýt tông mấy đứa học sinh
công an mà uống rượu lái xe thì ai phạt đây
xe tuan tra dau truoc quan bia tu trua toi toi
Ông phó xã say vô nhà tui chửi um lên đòi kiểm tra hộ khẩu lúc 11 giờ đêm
tui mới nhắn trên ni hôm qua mà sáng nay nhà hắn đã biết tui báo
răng mấy anh lại cho bên kia coi đơn của tui, chừ hắn sang nhà tui chửi
con em bị xâm hại mà giờ cả làng biết, hồ sơ chỉ có mấy anh trên xã cầm
bao kín mà hôm sau bị chặn đường dằn mặt, rứa là ai lộ
lão Bảy Còng bên xã mình lại bênh bọn cát tặc
ông đeo hai sao hai vạch ở xã mình có bồ là chủ quán karaoke nên quán nớ hát thâu đêm
cấy ông bụng bự ở bộ phận một cửa công an nạt dân như nạt con
anh chi mới điều về xạ ta, dân nói một câu ảnh văng tục mười câu
cái anh hay đi tuần với thôn trưởng vô vườn tui hái trộm bưởi
hỏi thủ tục mà cô làm căn cước ném hồ sơ ra ngoài bàn
CA xã nói chuyện với dân cứ mày tao
bà già lên hỏi bị anh ta đuổi ra khỏi phòng như đuổi tà
Cán bộ chi mà dân chào không thèm trả lời, chân gác lên bàn
sới bạc nhà ông Thìn mở 2 năm ni, cách trụ sở 300m, mấy ông không biết hay là giả mù
bãi cát lậu có phần của sếp công an
báo bao lần rồi, tới lập biên bản cho có rồi lại đâu vào đấy, chắc ăn đủ rồi
thằng nớ bán thuốc trắng trợn mà nỏ ai bắt, con ông kia trong ngành
nhà nó có anh làm trên tỉnh nên đánh người xong về ngủ ngon
em bị xử phạt còn con ông trưởng công an thì được cho qua
vay của em 20 triệu, giờ mặc áo công an ra dọa em
Cán bộ lấy lời khai cứ nhắn zalo khuya cho em hỏi ngủ chưa
mấy ông trong tổ ANTT đi tuần ghé quán tui xin rượu, không cho thì quậy
bảo vệ thôn đi tuần mà vô nhà người ta chửi vợ người ta
có chuyện ni || cái ông Tài || hôm bữa trên xã nớ || cầm của tui 2 triệu nói lo cho thằng con || chừ trốn biệt
alo || anh T công an ấy || lại vào quán em ăn không trả tiền
mất xe hôm trước em báo đó || răng anh Lâm nói phải có chút đỉnh mới tìm
mấy anh quản trị nhóm ni ơi, hôm qua lính của anh uống say nằm trước cổng nhà tui đó
ai lên làm giấy tờ gặp ông Sỹ chưa, ông nớ vòi lắm
""".strip().splitlines()

MORE = """
mấy ông trên phường ép em tui nhận tội, về người thâm tím hết
con em lên đồn về cứ ôm đầu khóc, tai ù không nghe được
ổng tát tui hai cái vì tui hỏi số hiệu
tay Bình bên an ninh xã bóp cổ thằng cháu tui
anh ấy đạp ngã xe tui rồi bắt nộp phạt
đại úy Lương chửi mẹ tui là con mụ già lẩm cẩm
hai anh mặc sắc phục dí đầu em xuống capo xe
thằng cha công an phụ trách xóm tui xin đểu 3 bao thuốc
đưa 200 là đi, không đưa là giữ xe, mấy ông ở ngã ba Thạch Long ấy
lên sang tên xe mà không kẹp tiền thì chờ tới Tết
chú làm hộ khẩu bảo "tùy tâm" rồi ngồi nhìn tay tui
phải lo cho anh Thành 10 triệu thì thằng em tui mới được về
anh Khánh phó nói muốn êm thì hai bên góp 5 triệu cho anh em uống nước
họ phạt 1 triệu 5 mà giấy ghi có 500
nộp phạt tại chỗ luôn mà chẳng thấy giấy má gì
ông nớ mượn tiền tui nói lo việc rồi lặn mất
mỗi sạp cúng cho tổ tuần tra 50 nghìn một tuần
xe cát nhà ông Lộc chạy mô ai dám bắt, biếu xén đủ cả rồi
báo mất bò mà nói thôi coi như của đi thay người
lên ba bận đều nói người ký đi vắng
nộp đơn tố cáo mà họ bảo viết lại bốn lần rồi làm mất luôn
em gọi mà bên trực nói bận ăn cơm, lát xuống
báo bạc bài cả năm mà sòng vẫn mở như thường, tui chán rồi
vụ thằng cháu bị đâm tới chừ vẫn chưa khởi tố, nó vẫn nhởn nhơ ngoài quán
tui tố nó hành hung mà giấy mời lại gửi cho tui
họ khuyên vợ em rút đơn cho yên chuyện
anh trực bảo lên huyện mà nộp, huyện bảo về xã
hôm nớ gọi 113 mà người nghe máy cười hô hố
xã nói không đủ người nên không đi bắt trộm
bữa nào cũng thấy xe công vụ đậu ở nhà hàng Bình An tới khuya
ông Cường mặc đồ ngành ngồi sòng tá lả nhà bà Lý
công an gì mà tối nào cũng say, lái con Wave không biển
xe bán tải của trụ sở đi ngược chiều suýt cán con em
anh Tiến công an chở gái đi hát bằng xe cơ quan
ông nớ lái xe trong người nồng nặc mùi rượu tông gãy cột cổng nhà em, giờ không chịu đền
em nhắn kín mà anh Q đem ra khoe ở quán cà phê
tui vừa ra khỏi trụ sở thì thằng Lâm gọi hỏi mi vừa lên báo tau hả
có người trong xã chụp đơn của em gửi cho bên nớ
số của em chỉ khai ở chỗ các anh mà nay bị gọi dọa
vừa trình báo xong nhà em bị tạt sơn, chúng nó nói biết hết rồi
mấy anh kể cho vợ nghe nên cả chợ biết chuyện con gái em
lão Sáu Thẹo đội trật tự ăn của người ta từng bó rau
thằng cu Tèo con ông trưởng đồn đua xe mà bắt rồi thả
cái ông đầu hói ngồi bàn số 2 chỗ làm căn cước gắt với dân như mẹ đẻ
sếp nhỏ nhà mình dạo ni giàu ghê, cát đêm mô cũng chạy
anh em nhà nớ có người đỡ đầu trong ngành
anh công an có cái răng vàng toàn vô quán em ăn chịu
chú lái con CX5 trắng ở trụ sở nói năng với dân mất dạy
bà chị ở bộ phận tiếp dân nói em là đồ chửa hoang
cán bộ chi mà hỏi câu mô cũng "không biết, hỏi người khác"
đi khai sinh con mà bị hỏi xoáy chuyện không chồng trước mặt bao người
vô làm tạm trú mà phải đứng chờ họ đánh xong ván cờ
bảo vệ dân phố ỷ thế bắt nạt mấy chị bán rau
tổ an ninh lấy cớ đi kiểm tra rồi lục tủ nhà em
dân phòng thu xe của con em về cho con họ đi
đi tuần mà vô vườn dân chặt mít
trưởng thôn với tổ bảo vệ thu tiền camera 200k mà nỏ thấy camera
anh nớ nhắn tin tán tỉnh em từ hôm em lên khai báo mất điện thoại
hỏi cung mà cứ bắt em ngồi sát, đặt tay lên vai
bị hại là em mà điều tra viên hẹn gặp riêng ở khách sạn
vợ anh ta bán hàng lậu mà xã có kiểm tra mô
em trai ông đồn trưởng lấn đất nhà tui, báo thì không ai xuống
quán của người nhà cán bộ thì hát tới 1h, quán em 10h đã lập biên bản
thu pháo của dân xong đem bán lại, tui chộ tận mắt
gỗ bắt được mấy bữa sau nằm ở nhà ông phó
tang vật là con gà chọi của em, giờ anh Hậu nuôi ở nhà
họ vô nhà tui khám mà không có lệnh, lục tung cả giường
chồng em bị giữ từ tối qua, không ai cho gặp
con tôi 14 tuổi bị lấy lời khai mà không báo gia đình
tự nhiên bắt em ký giấy nhận lỗi, không ký không cho về
cho hỏi || công an xã có ông Toàn không || ông nớ nợ em 30 triệu || gọi không nghe
tin riêng nha || anh H phó công an || tối qua vô nhà nghỉ với vợ người ta || xe cơ quan còn đậu đó
em bị mất dây chuyền || khai với anh Phúc || giờ ảnh nói phải có tiền công
mấy anh ơi || cho em nói cái này || hôm kiểm tra karaoke || cái loa của em bị lấy mất luôn
alo ai trực đó || tui nói cho mà biết || thằng em anh đánh bạc mà anh cho qua là răng
ở đây có ai từng bị xã gọi lên rồi bắt nộp tiền chưa
dân mình hiền quá nên mấy ổng mới lộng hành
nói thiệt chơ trong nhóm ni có cán bộ ăn chặn tiền quỹ an ninh
""".strip().splitlines()

PUT_ASIDE = """
con toi len lam viec voi ca xa ve tai u ca, hoi thi khong dam noi
họ còng tay thằng nớ vô cột cờ trước trụ sở cả trưa nắng, dân đi qua ai cũng chộ
mấy anh áo xanh lấy gậy phang vô lưng con tui vì hắn không đội mũ
ba tui 70 tuổi mà bị thằng công an trẻ xô té ngay cửa phòng tiếp dân
anh Cường xã bảo đưa 3 triệu thì khỏi lập biên bản
phat 200 ma ko ghi bien lai, hoi thi noi di di
tết mô cũng phải có phong bì cho mấy ông trên xã không thì quán bị kiểm tra suốt
Quán tui tháng mô cũng có người của xã tới lấy 1 triệu nói là quỹ an ninh, không biên nhận
Hắn nhậu ở quán em 4 lần toàn ghi sổ, đòi thì hắn nói mai xuống kiểm tra PCCC
con trai toi duoc tha ve voi dieu kien nop 10 tr cho anh Vinh
báo trộm từ hôm mùng 3 tới chừ nỏ ai thèm xuống
Đơn em gửi 4 tháng rồi, lên hỏi thì người này đùn người kia
cán bộ nói chưa có ai chết thì chưa xuống
nhà tui bị ném gạch 5 đêm, báo xã đêm mô cũng báo mà chưa thấy ai tới một lần, tiền thuế dân đóng làm chi
chú công an bảo mất có cái xe đạp thì báo làm chi cho mệt
gọi báo đánh nhau 40 phút sau mới tới, trụ sở cách đó 500m
Tui lên tố cáo mà họ cứ hỏi ngược lại tui có bằng chứng không rồi đuổi về
tối qua thấy anh Hải trung úy say bí tỉ chạy xe máy không mũ qua chợ Gát
Trưa nào mấy ông CA cũng nhậu ở quán Hương Quê tới 3h chiều mới về cơ quan, xe công đậu đầy sân
anh nớ mặc sắc phục mà vượt đèn đỏ chở 3
Người lái ô tô tông chó nhà em xong chìa thẻ ngành ra dọa
em báo ổ lô đề mà anh công an đọc tên em trước mặt chủ đề
Sao số điện thoại của tôi lại tới tay thằng bị tôi tố, chỉ có bên công an biết
hôm nào trên đi bắt là sới gà nghỉ hôm đó, có người báo trước cho họ
ông trưởng thôn với anh công an viên ngồi kể cho nhau ai là người gửi tin
Thằng Dũng Đen mặc áo ngành mà đi đòi nợ thuê
chú đi con SH trắng hay trực tối thứ 6 toàn ngồi chơi game, dân vô hỏi không thèm ngẩng mặt
tay Quý phó nớ cho xe cát chạy rồi lấy mỗi chuyến 50
Sếp to của xã đi xe Fortuner đen, nhà lầu 4 tầng, lương mô ra rứa
Đội 113 tới nơi mà đứng hút thuốc cười, để nó đánh xong mới vô can
bảo tui ngu thì về học lại đi rồi lên làm giấy
anh trực điện thoại gắt lên rồi dập máy khi em hỏi vụ mất xe
thai do may o tren cong an that chan, ngoi bam dien thoai
em đi làm căn cước chờ 3 tiếng trong khi người vào sau xong trước vì quen
xe quá tải chạy qua chốt ào ào chẳng ai hỏi, xe dân thì soi từng cái gương
Quán mát xa đó ai đụng vô được, có người chống sau là trên xã
nha nghi do cua vo ong pho ca xa nen khong khi mo bi kiem tra
Cứ sắp kiểm tra là quán hát tắt nhạc trước 10 phút, ai báo đây
vợ công an đánh ghen giữa chợ mà không ai dám lập biên bản
anh công an mua đất của mẹ em chưa trả đủ tiền còn dọa
Anh ta hẹn em ra quán nói chuyện vụ án của chồng em rồi nắm tay, sờ đùi
em gái tui lên làm căn cước bị xin số rồi chú công an nớ tối mô cũng gọi
tổ trưởng an ninh thôn bắt gà của nhà tui nói là phạt
to an ninh thu 50k moi ho noi de mua den pin ma nam ngoai thu roi
cho em hỏi || em muốn phản ánh || anh cán bộ mặc cảnh phục ở ngã ba || chửi em là đồ nhà quê
em muốn nói chuyện riêng || liên quan người của mấy anh || họ đánh bạc ở nhà ông Khoa tối thứ 7 mô cũng có mặt
Dạ em cảm ơn vụ hôm trước || nhưng mà cho em nói thật || anh đi cùng hôm đó cầm mất cái điện thoại của con em
nói chi nhiều, cứ có tiền là xong hết với xã ta
báo ở đây làm gì, báo xong bị lộ tên như ông Chiến
""".strip().splitlines()

ORDINARY_SEEN = """
cảm ơn anh Hải công an xã đã chở mẹ tui về tận nhà hôm mưa
chiều thứ 6 công an xã có làm căn cước nỏ mọi người
có đứa gọi xưng đại úy Tuấn công an Hà Tĩnh kêu tui chuyển 50 triệu để chứng minh trong sạch, tui cúp máy rồi
số 0239384756 nhắn nói công an phạt nguội, kêu bấm link nộp, có phải lừa không
gọi 113 nãy chừ 10 phút rồi mà chưa tới, hắn đang đập cửa, nhanh giúp em
công an xã xuống giải tán giúp mấy đứa uống rượu đánh nhau trước cổng
hôm qua công an bắt được thằng trộm chó rồi, hắn khai lấy 7 con
Con em muốn thi Học viện Cảnh sát thì sơ tuyển ở mô
thằng hàng xóm nói hắn quen công an nên nỏ sợ ai, hắn đổ rác sang nhà tui
CSGT hôm nay đo nồng độ cồn ở cầu Phủ đó mọi người
nộp phạt 800k ở kho bạc rồi thì cầm biên lai lên CSGT hay xã
mong công an dẹp mấy quán lấn vỉa hè ở chợ Hội
tui nhặt được cái CCCD tên người Kỳ Anh, tui gửi trên công an xã rồi
tổ an ninh thôn đi tuần lúc 12h, bà con yên tâm ngủ
bác tôi làm công an về hưu mới mất, xin hỏi chế độ mai táng
anh công an đẹp trai hướng dẫn nhiệt tình, không lấy đồng mô
quán karaoke cạnh trụ sở công an ồn quá, nhờ các anh nhắc
thằng Phong đánh anh công an xã gãy tay hôm trước bị tòa xử rồi
họ kêu mua bình chữa cháy, nói là bên công an giới thiệu, thu 1tr2, có đúng không
nhờ công an hòa giải giúp hai nhà cãi nhau vì ranh đất
khai báo tạm trú cho công nhân qua VNeID hay lên xã
công an đọc giúp cho em biển số này của ai, nó tông em rồi chạy
tui sợ báo công an rồi bọn hắn trả thù, có giữ kín cho tui không
gửi các anh công an ít bưởi gọi là, cảm ơn các anh hôm lụt
hôm qua báo mất điện thoại bên xã rồi, chừ có tin chi chưa mấy anh
xe tải húc vào chốt CSGT ở Kỳ Liên, có người bị thương
xe biển xanh là xe chi rứa mọi người
các anh trực Tết vất vả quá, thương các anh
nó lừa em 20 triệu, em có biên lai chuyển khoản, nộp cho ai
xin hỏi luật: công an xã có được phạt nồng độ cồn không
công an bắt 5 đứa đánh bạc ở Thạch Khê, hoan hô
nhờ trụ sở mở thêm buổi tối cho dân đi làm
bọn đòi nợ xưng là người nhà công an, tạt sơn nhà em
em bị tai nạn, công an đã lập biên bản, chừ làm bảo hiểm cần chi
tới đồn công an mà cổng khóa, cho em hỏi mấy giờ mở
nhà em mất trộm, mong các anh công an sớm tìm ra kẻ gian
em thấy cảnh sát cơ động tập luyện ở sân vận động, oai ghê
công an nhận lại súng kíp không, ông nội em để lại một khẩu
tui muốn gửi đơn xin tách khẩu cho công an
Công an tới thì bọn hắn chạy hết, các anh đi rồi hắn lại tụ tập
vừa chộ công an rượt theo hai thằng đi xe không biển
công an xã giúp dân gặt lúa chạy lũ, ấm lòng
cháu muốn hỏi nghĩa vụ công an năm ni tuyển khi mô
công an cấp biển số xe máy ở xã luôn được không
anh em dân phòng mình hôm qua dập cháy giỏi ghê
con em ngã xe gãy tay, nhờ công an xã làm chứng giấy tờ
ổng tát vợ hai cái trước cửa trụ sở thôn
anh ấy đạp ngã xe tui rồi bỏ chạy về phía cầu
vừa báo công an xong thì hắn biết, hắn đang chặn ngoài ngõ
lên xã 3 lần mới làm xong căn cước, mừng ghê
có tiền nhà nước hỗ trợ lũ thì xã phát hôm mô
chồng em bị công an giữ vì đánh bạc, em lên thăm được không
mượn tiền em nói lo việc vô ngành công an rồi lặn mất, em bị lừa rồi
xe công vụ có được đậu ở chợ không rứa, em hỏi để biết
công an thu pháo của con em rồi, em cam kết không tái phạm
mấy anh thu xe con em thì hôm mô cho lấy
đi nộp phạt thì kẹp tiền vô giấy hay chuyển khoản
họ gọi xưng công an bắt ký giấy nhận lỗi trên mạng
em trai ông hàng xóm lấn đất nhà tui, công an xuống đo rồi
con gà chọi của em bị trộm, giờ chộ ở nhà ông Hậu
nhờ các chú tuần tra qua xóm 7, bữa nào cũng mất chó
gọi mãi 113 mới được, giờ họ tới rồi cảm ơn nha
quán bên hát tới 1h, quán em đóng từ 10h, nhờ công an nhắc bên nớ
tui trình báo mất bò rồi, hôm ni bò về chuồng, xin rút lại
anh công an nào làm căn cước hôm qua cho em gửi lời cảm ơn
em quên thẻ ở bàn số 2 chỗ làm căn cước, ai nhặt được không
cán bộ đi vắng thì khi nào về ạ
cho em hỏi công an xã có anh Toàn không, em gửi hồ sơ cho anh
bọn đòi nợ nói có người trong ngành đỡ đầu, tạt sơn nhà em
nhà tui mất mít, đội tuần tra đi ngang có chộ ai không
nghe nói trưởng công an mới về, chúc anh công tác tốt
bà con nộp tiền camera cho tổ trưởng chưa
mấy đứa nhỏ chơi trò công an bắt cướp la om sòm trưa nắng
thằng Lâm dọa em vì em lên trụ sở báo
chó nhà em cắn anh công an xã, em xin lỗi và xin đền
""".strip().splitlines()

ORDINARY_PUT_ASIDE = """
nhờ mấy chú công an mà tui tìm được con bò, biết ơn nhiều lắm
ca xa may gio dong cua rua ba con
mẹ em vừa bị người mặc quân phục gọi video nói dính án rửa tiền
công an ơi nhanh lên với hắn cầm rựa tới cửa rồi
bao giờ công an tới rứa, cháy lan sang nhà bên rồi
nhờ anh Cường công an viên liên hệ lại em vụ mất xe máy
nghe nói công an tỉnh khởi tố vụ lừa đảo tiền ảo rồi, ai bị thì lên khai
chồng em say rượu đánh em, em gọi công an xã tới rồi, giờ ổng ngủ
có ai biết số trực ban công an xã Cẩm Bình không
em bị giữ bằng lái, hẹn 7 ngày lấy, đi lấy cần mang chi
đề nghị công an tuần tra thêm ở đoạn cầu Rác ban đêm, tối quá
công an huyện giải thể rồi thì làm lý lịch tư pháp ở đâu
ai mất ví thì ra công an phường mà nhận
mấy anh trong tổ bảo vệ ANTT hôm bữa vác bao gạo giúp bà con, quý lắm
con trai em đi nghĩa vụ công an, có được cộng điểm không
hắn giật túi của em rồi chạy về hướng trụ sở công an cũ
nó say rượu chửi công an giữa đường, quay clip đăng lên mạng
đừng tin mấy đứa bán sách phòng cháy xưng là cảnh sát PCCC
có người mặc áo công an tới nhà nói thu tiền ủng hộ, em nghi giả
bé nhà em lạc đã có công an xã đưa về, cảm ơn cộng đồng
mất xe SH trước cổng trụ sở công an
sáng mai công an xã họp dân ở nhà văn hóa, mời bà con
em báo tin thì công an có lộ tên em không ạ
anh Nam trực ban có đó không cho em gửi giấy
công an xã xác nhận giúp em cái đơn mất giấy tờ thì cần mấy bản
có đứa đăng bài nói xấu công an xã, em thấy sai sự thật
chúc các anh công an 19/8 vui vẻ
đường dây lừa bán hàng trên mạng ai cũng biết mà em chưa dám báo công an
hắn dọa đốt nhà tui nếu tui báo công an
bữa trước tui thấy công an kiểm tra quán karaoke, phạt rồi mà hắn vẫn hát
cán bộ cho em hỏi đổi bằng lái từ giấy sang thẻ
Anh Hiếu công an ơi cái xe bữa trước tìm ra chưa ạ
mất trộm két sắt, công an xuống lấy dấu vân tay rồi, mọi người ai thấy gì nói em
xin số tài khoản công an để nộp phạt qua mạng được không
có ai bị công an giả gọi kêu kích hoạt định danh mức 2 chưa
công an chưa xuống à, người bị đâm đang chảy máu nhiều lắm
Ông T say rượu nằm giữa đường, công an xã tới đưa về giúp với
cho tui gặp anh trực ban
vụ đánh nhau tối qua công an mời cả hai bên lên làm việc rồi
nhờ công an đòi giúp tiền, nó mượn em 5 triệu không trả
đội CSGT số 2 phát mũ bảo hiểm cho học sinh, hay quá
em bị bạn trai cũ dọa tung ảnh, báo công an mô ạ
thằng cháu nhà tôi bỏ nhà đi, đã báo công an xã, ai thấy nhắn giúp
anh nào bên công an cho tôi hỏi về cấp lại sổ hộ khẩu
họ đồn công an bắt ông chủ tịch, có thật không
""".strip().splitlines()
