"""Sentences that reveal the reporter by kinship or work, or a child by class and home, with ordinary ones beside them.
Made up by one author, who fitted the rules to all but `BLIND_…`: those were written afterwards and are only counted."""

INSIDERS = (
    "Bọn cho vay lãi ở bến xe sẽ bị xử lý, con dâu trong nhà cũng đã lên tiếng.",
    "Cơ sở làm giò chả bẩn hãy dừng lại, kế toán ở đó đã xác nhận với xã.",
    "Công nhân trong xưởng đã phản ánh việc đổ dầu thải ra mương.",
    "Ổ bài sau quán cà phê đã bị lộ, chính em vợ chủ quán tiết lộ.",
    "Thủ kho vừa cho biết phân bón giả còn 3 tấn.",
    "Người giúp việc tiếp tục nhắn cho công an khi chủ nhà về.",
    "Phụ huynh của hai em đã báo việc thầy dạy thêm.",
    "Người nhà một nạn nhân vừa trình báo, ai mất tiền nữa thì lên.",
    "Lễ tân khách sạn chứng kiến việc mua bán, đề nghị ra trình diện.",
    "Vợ của người này cũng vừa lên tiếng, mong các chị khác mạnh dạn.",
    "Mẹ một cháu đã kể lại, nhà trường xem xét.",
    "Anh rể đã xác nhận có súng trên thuyền, nên tự nộp.",
    "Thợ sửa xe trong tiệm cho công an biết có xe gian.",
    "Xe đổ thải ban đêm đã bị ghi lại, hộ liền kề đã báo.",
    "Nhà nào giấu súng đem nộp, con dâu trong nhà khai thì cả nhà được khoan hồng.",
    "nguoi lam cong ben trong da phan anh viec bom nuoc vao bo",
)
AT_HOME = (
    "Gia đình nào có con gái lớp 6 ở với bố dượng, mẹ làm ở Hàn Quốc thì để ý cháu hơn, xã đang xem một vụ.",
    "Em học sinh lớp 9 sống với ông ngoại đang được công an xác minh.",
    "Bé lớp 3 trường tiểu học Thạch Bình ở cùng mẹ kế cần được giúp.",
    "Cháu gái 13 tuổi có bố đi tù, ở nhờ cậu ruột, đã được đưa đi khám.",
    "chau lop 7 o voi duong, me di dai loan, xa dang xac minh",
)
HARMLESS = (
    "Bảo vệ trường học nhắc học sinh đội mũ khi ra cổng.",
    "Người làm thủ tục căn cước cho biết rõ số nhà để tra cứu.",
    "Công nhân nhà máy nghỉ Tết sớm, bà con chú ý giao thông.",
    "Người nhà đã nhận lại cụ ông, cảm ơn bà con.",
    "Nhân viên điện lực đã xác nhận lịch cắt điện ngày mai.",
    "Bà con thấy xe tải rải đất thì tiếp tục báo cho xã.",
    "Cán bộ thuế đã cho biết hạn nộp là 31/12.",
    "Phụ huynh có con học lớp 1 ở với ông bà mang hộ khẩu tới trường.",
    "Các gia đình có bố mẹ đi xuất khẩu lao động đăng ký tạm vắng cho con.",
    "Trường THCS Lộc Hà tặng quà học sinh lớp 9 mồ côi.",
    "Con đường lớp 2 rải nhựa xong, mời bà con đi lại.",
    "Hộ có người ở với chủ trọ phải đăng ký tạm trú.",
    "Anh em dân phòng đã xác nhận cây đổ ở đường 9, đang cưa.",
    "Chồng ruộng ngô đã báo lũ, bà con gặt sớm.",
    "Cơ sở giết mổ phải báo thú y khi có lợn bệnh.",
    "Học viên lớp xóa mù chữ đã phản ánh phòng học dột, xã sẽ sửa.",
)
# Old or ill people, and the officer's text.
WEAK = (
    (
        "Mẹ chồng em bị em chồng xích trong chuồng bò cũ 4 ngày rồi, cho ăn cháo nguội",
        "Hành vi xích người già trong chuồng bò là phạm tội.",
    ),
    (
        "Bà cụ Nghĩa bị con trai trói vào gốc mít mỗi khi đi làm, ai hỏi thì nó chửi",
        "Nhắc nhở: trói cụ già vào gốc mít là vi phạm pháp luật.",
    ),
)
BLIND_INSIDERS = (
    "Trại lợn xả thải sẽ bị phạt, người chăn lợn ở đó đã khai.",
    "Chuyện bán thuốc ngủ ở tiệm, cô phụ bán đã nói lại với xã.",
    "Đường dây ghi đề ở chợ: chị dâu của đối tượng đã xác nhận.",
    "Mong anh lái xe ba gác tiếp tục gửi ảnh cho công an.",
    "Vụ thu tiền bảo kê, hai chủ sạp rau đã lên tiếng.",
    "Bố của một em trong đội bóng vừa phản ánh chuyện huấn luyện viên.",
    "Ông bảo vệ kho đã tận mắt thấy, các anh trả hàng đi.",
    "Phòng khám chui bị phát hiện nhờ bệnh nhân cũ.",
)
BLIND_AT_HOME = (
    "Có cháu lớp 4 ở với chú ruột, mẹ đi Đài, hàng xóm quan tâm giúp.",
    "Nhà có nữ sinh lớp 10 và cha dượng cần chú ý, mẹ đang ở nước ngoài.",
    "Một bé mẫu giáo nhỡ sống với bà nội bị chậm nói vì bị nhốt.",
    "Cháu trai 12 tuổi con riêng của vợ ông thợ mộc đang cần được bảo vệ.",
)
BLIND_HARMLESS = (
    "Chủ quán đã treo biển cấm hút thuốc, xin khách lưu ý.",
    "Các bác lái xe khách báo giờ xe chạy cho bến.",
    "Người thân tới nhận đồ của người bị tai nạn tại trụ sở.",
    "Học sinh lớp 12 ở trọ đăng ký tạm trú trước thứ sáu.",
    "Gia đình chính sách đã nhận quà, cảm ơn các cô chú.",
    "Mẹ và bé tiêm chủng tại trạm y tế sáng thứ tư.",
    "Thợ điện tiếp tục sửa đường dây xóm 5 tới trưa.",
    "Nhân viên bưu điện xác nhận địa chỉ khi phát thẻ.",
)
